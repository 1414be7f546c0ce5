"""Orders in the words of the Brazilian order service: its card."""

from comanda.contexts.ordering.dialects.dialect import Dialect, Surface

DESCRIPTION = """\
Esta é a API de um **Sistema de Gerenciamento de Pedidos**: um fluxo completo de gerenciamento de pedidos, desde a
criação até o pagamento e a verificação de estoque, utilizando eventos para comunicação entre os microservices.

## Funcionalidades

- **Criar Pedido**: O cliente pode criar um pedido, que será processado pelo sistema.
- **Verificar Status do Pedido**: O cliente pode consultar o status do seu pedido.
- **Cancelar Pedido**: O cliente pode cancelar um pedido antes que o pagamento seja confirmado.
- **Estoque**: O sistema verifica a disponibilidade dos produtos e reserva o estoque.
- **Pagamento**: O sistema processa pagamentos de forma assíncrona.
- **Notificações**: O cliente recebe notificações por e-mail ou SMS quando um pedido é criado, pago ou cancelado.

## Arquitetura de Eventos

A comunicação entre os microservices é baseada em eventos assíncronos. Os eventos principais são:

1. **Pedido Criado** (`PedidoCriado`): O serviço de pedidos emite um evento após a criação de um novo pedido.
2. **Estoque Reservado** (`EstoqueReservado`): O serviço de estoque emite um evento quando o estoque é reservado com
   sucesso.
3. **Estoque Insuficiente** (`EstoqueInsuficiente`): O serviço de estoque emite um evento quando não há estoque
   suficiente para o pedido.
4. **Pagamento Confirmado** (`PagamentoConfirmado`): O serviço de pagamento emite um evento quando o pagamento é
   confirmado.
5. **Pagamento Falhou** (`PagamentoFalhou`): O serviço de pagamento emite um evento quando o pagamento falha.
6. **Pedido Cancelado** (`PedidoCancelado`): O serviço de pedidos emite um evento quando um pedido é cancelado.

Os eventos de um pedido podem ser acompanhados em `GET /orders/{id}/events`.

Toda requisição precisa de um token: `Authorization: Bearer TOKEN`. O cliente vê somente os seus próprios pedidos.
"""


def _surface() -> Surface:
    from comanda.contexts.ordering.dialects.pedidos.api import ACCESS, router  # when the first request comes

    return Surface((router,), ACCESS)


dialect = Dialect(
    name="pedidos",
    title="Order Management System (Microservices)",
    port=8086,
    description=DESCRIPTION,
    surface=_surface,
    language="pt",
)
