"""The import rule that import-linter has no word for: contexts meet through their contracts only."""

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output

_CONTEXTS = "comanda.contexts."
_A_CONTRACT_MAY_IMPORT = ("comanda.kernel", "comanda.platform.outbound")


class ThroughContracts(Contract):
    """A context imports of another only its `contract`, and a contract only the kernel, outbound and itself."""

    type_name = "through_contracts"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import between modules of the contexts."""
        broken = sorted(broken_imports(graph))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say each broken import on a line."""
        for line in check.metadata["broken"]:
            output.print_error(line)


def broken_imports(graph: ImportGraph) -> Iterator[str]:
    """A line for each import that breaks the rule."""
    for importer in graph.modules:
        if not importer.startswith(_CONTEXTS):
            continue
        for imported in graph.find_modules_directly_imported_by(importer):
            reason = _why_not(importer, imported)
            if reason:
                yield f"{importer} imports {imported}: {reason}"


def _why_not(importer: str, imported: str) -> str | None:
    if _in_contract(importer):
        allowed = (*_A_CONTRACT_MAY_IMPORT, f"{_CONTEXTS}{_context(importer)}.contract")
        if not any(_within(imported, package) for package in allowed):
            return "a contract may import only the kernel, platform.outbound and itself"
    elif imported.startswith(_CONTEXTS) and _context(importer) != _context(imported) and not _in_contract(imported):
        return "another context is reached through its contract only"
    return None


def _context(module: str) -> str:
    return module.removeprefix(_CONTEXTS).split(".")[0]


def _in_contract(module: str) -> bool:
    return module.startswith(_CONTEXTS) and module.removeprefix(_CONTEXTS).split(".")[1:2] == ["contract"]


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
