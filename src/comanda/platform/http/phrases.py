"""What the documents say of themselves, in the languages that they are written in: English, French, Portuguese."""

from typing import Any, Literal

Language = Literal["en", "fr", "pt"]

MEANINGS: dict[str, dict[int, str]] = {
    "en": {
        400: "The body cannot be read.",
        401: "No bearer token, or one that is not valid.",
        403: "The caller may not do this.",
        404: "There is none, or it is not the caller's to see.",
        408: "The body did not arrive in time.",
        409: "Its state does not allow this now.",
        412: "It has changed since the caller saw it.",
        413: "The body is too large.",
        415: "The body is of a type that is not taken.",
        422: "The request has fields that are not valid, or asks for what makes no sense.",
        429: "Tried too often in a short time.",
        431: "The headers, the URL among them, are too large.",
        503: "Not possible at the moment.",
    },
    "fr": {
        400: "Le corps de la requête est illisible.",
        401: "Il manque un jeton, ou il n'est pas valable.",
        403: "L'appelant n'a pas ce droit.",
        404: "Il n'y en a pas, ou l'appelant ne peut pas le voir.",
        408: "Le corps de la requête n'est pas arrivé à temps.",
        409: "Son état ne le permet pas maintenant.",
        412: "Il a changé depuis que l'appelant l'a vu.",
        413: "Le corps de la requête est trop grand.",
        415: "Le corps de la requête est d'un type qui n'est pas accepté.",
        422: "Des champs ne sont pas valables, ou la demande n'a pas de sens.",
        429: "Trop d'essais en peu de temps.",
        431: "Les en-têtes, URL comprise, sont trop grands.",
        503: "Impossible pour le moment.",
    },
    "pt": {
        400: "O corpo do pedido não se consegue ler.",
        401: "Falta um token, ou não é válido.",
        403: "Quem chama não tem esta permissão.",
        404: "Não existe, ou quem chama não o pode ver.",
        408: "O corpo do pedido não chegou a tempo.",
        409: "O seu estado não o permite agora.",
        412: "Mudou desde que foi visto por quem chama.",
        413: "O corpo do pedido é demasiado grande.",
        415: "O corpo do pedido é de um tipo que não é aceite.",
        422: "Há campos que não são válidos, ou o que se pede não faz sentido.",
        429: "Demasiadas tentativas em pouco tempo.",
        431: "Os cabeçalhos, com o URL, são demasiado grandes.",
        503: "Não é possível neste momento.",
    },
}
"""What a status means."""

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "anybody": "Anybody may call this, with or without a token.",
        "callers": "May be called by {}.",
        "guests": "guests who know its id or hold its token",
        "everybody": "everybody",
        "customers": "customers",
        "own": "customers (their own)",
        "staff": "staff",
        "permitted": "staff with the permission `{}`",
        "admins": "admins",
        "services": "services",
        "idempotency-key": "A key of the caller's own: the same request sent again under it has no second effect and"
        " gets the same answer, for a day.",
        "if-match": "The version that the caller has seen, as ETag said it; 412 when there is a newer one.",
        "success": "Done.",
    },
    "fr": {
        "anybody": "Ouvert à tous, avec ou sans jeton.",
        "callers": "Ouvert à : {}.",
        "guests": "visiteurs qui connaissent son identifiant ou son jeton",
        "everybody": "tous",
        "customers": "clients",
        "own": "clients (pour les leurs)",
        "staff": "personnel",
        "permitted": "personnel qui a le droit `{}`",
        "admins": "administrateurs",
        "services": "services",
        "idempotency-key": "Une clé de l'appelant : la même requête, répétée sous la même clé, n'a pas de second effet"
        " et reçoit la même réponse, pendant un jour.",
        "if-match": "La version que l'appelant a vue, comme ETag l'a dite ; 412 s'il y en a une plus récente.",
        "success": "C'est fait.",
    },
    "pt": {
        "anybody": "Aberto a todos, com ou sem token.",
        "callers": "Aberto a: {}.",
        "guests": "visitantes que conhecem o seu id ou o seu token",
        "everybody": "todos",
        "customers": "clientes",
        "own": "clientes (os seus)",
        "staff": "pessoal",
        "permitted": "pessoal com a permissão `{}`",
        "admins": "administradores",
        "services": "serviços",
        "idempotency-key": "Uma chave de quem chama: o mesmo pedido, repetido com a mesma chave, não tem segundo efeito"
        " e recebe a mesma resposta, durante um dia.",
        "if-match": "A versão que quem chama viu, como ETag a disse; 412 quando há uma mais nova.",
        "success": "Feito.",
    },
}
"""Everything else."""


SENTENCES: dict[str, dict[str, str]] = {
    "An access token, as POST /sessions of the profiling service gives it.": {
        "fr": "Un jeton d'accès, tel que le donne POST /sessions du service profiling.",
        "pt": "Um token de acesso, como o dá POST /sessions do serviço profiling.",
    },
    "The `access_token` of a guest's order, as the answer to placing it says once.": {
        "fr": "Le `access_token` de la commande d'un visiteur, dit une seule fois, quand elle est passée.",
        "pt": "O `access_token` do pedido de um visitante, dito uma só vez, quando é feito.",
    },
    "The same in a link.": {"fr": "Le même dans un lien.", "pt": "O mesmo num link."},
    "The trace of this request, for questions about it.": {
        "fr": "La trace de cette requête, pour toute question à son sujet.",
        "pt": "O rasto deste pedido HTTP, para perguntas sobre ele.",
    },
    "The version of what is answered: what If-Match takes.": {
        "fr": "La version de la réponse : ce que prend If-Match.",
        "pt": "A versão da resposta: o que If-Match recebe.",
    },
    "Where it is.": {"fr": "Où elle se trouve.", "pt": "Onde está."},
    'The rest of the list, when there is more: `<…>; rel="next"` (RFC 8288).': {
        "fr": 'La suite de la liste, s\'il y en a une : `<…>; rel="next"` (RFC 8288).',
        "pt": 'O resto da lista, se houver: `<…>; rel="next"` (RFC 8288).',
    },
    "Seconds to wait.": {"fr": "Secondes à attendre.", "pt": "Segundos a esperar."},
    "How to sign in.": {"fr": "Comment s'authentifier.", "pt": "Como se autenticar."},
    "RFC 9457 problem details. `type` is stable; what is special to it stands beside these members.": {
        "fr": "Problème selon la RFC 9457. `type` est stable ; ce qui lui est propre se trouve à côté de ces membres.",
        "pt": "Problema segundo a RFC 9457. `type` é estável; o que lhe é próprio está ao lado destes membros.",
    },
    "What went wrong: `urn:comanda:problem:…`.": {
        "fr": "Ce qui n'a pas marché : `urn:comanda:problem:…`.",
        "pt": "O que correu mal: `urn:comanda:problem:…`.",
    },
    "In words, for people.": {"fr": "En mots, pour les gens.", "pt": "Em palavras, para as pessoas."},
    "Every field that is not valid: where it is (a JSON pointer), and why.": {
        "fr": "Chaque champ qui n'est pas valable : où il est (un pointeur JSON), et pourquoi.",
        "pt": "Cada campo que não é válido: onde está (um apontador JSON), e porquê.",
    },
    "An order.": {"fr": "Une commande.", "pt": "Um pedido."},
    "Some pieces of one product.": {"fr": "Des pièces d'un même produit.", "pt": "Peças de um mesmo produto."},
    "The customer whose open cart it is.": {
        "fr": "Le client dont c'est le panier ouvert.",
        "pt": "O cliente de quem é o carrinho aberto.",
    },
    "How to pay: `card` with the provider's token, `bank_transfer`, or `on_delivery`.": {
        "fr": "Comment payer : `card` avec le jeton du prestataire, `bank_transfer`, ou `on_delivery`.",
        "pt": "Como pagar: `card` com o token do prestador, `bank_transfer`, ou `on_delivery`.",
    },
    "A postal address; without a recipient it is the customer's name or e-mail.": {
        "fr": "Une adresse postale ; sans destinataire, c'est le nom ou l'adresse électronique du client.",
        "pt": "Um endereço postal; sem destinatário, é o nome ou o e-mail do cliente.",
    },
    "An amount in minor units (cents, pence, yen) and its ISO 4217 currency.": {
        "fr": "Un montant dans la plus petite unité (centimes, pence, yens) et sa devise ISO 4217.",
        "pt": "Um montante na menor unidade (cêntimos, pence, ienes) e a sua moeda ISO 4217.",
    },
}
"""What all documents share, as it is in English."""


class Phrases:
    """The phrases of one language; what another language lacks is said in English."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._meanings = MEANINGS.get(language, MEANINGS["en"])
        self._texts = TEXTS.get(language, TEXTS["en"])

    def meaning(self, status: int) -> str:
        """What a status means."""
        return self._meanings.get(status, self._texts["success"] if status < 400 else str(status))

    def text(self, name: str, *parts: Any) -> str:
        """A phrase, filled in."""
        return self._texts[name].format(*parts)

    def translated(self, document: Any) -> Any:
        """A part of a document with the sentences that all documents share in this language."""
        if isinstance(document, dict):
            return {
                name: SENTENCES.get(part, {}).get(self._language, part)
                if name == "description" and isinstance(part, str)
                else self.translated(part)
                for name, part in document.items()
            }
        return [self.translated(part) for part in document] if isinstance(document, list) else document
