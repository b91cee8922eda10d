"""The shape of the code is kept: short files, short functions, shallow nesting, no hidden state."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE_LINES, FUNCTION_LINES, NESTING, PARAMETERS = 300, 40, 3, 6

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTATORS = {"append", "add", "update", "clear", "pop", "extend", "insert", "setdefault", "remove", "discard"}

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for top in ("firmware", "drivers") for path in (ROOT / top).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


every_source = pytest.mark.parametrize("path", SOURCES, ids=name_of)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function of a tree, methods and inner ones too."""
    return (each for each in ast.walk(tree) if isinstance(each, Function))


def code_lines(function: Function) -> int:
    """Lines that hold code of the function's body and signature: no blanks, comments or docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    signature = range(function.lineno, function.body[0].lineno)
    held = {node.lineno for part in body for node in ast.walk(part) if hasattr(node, "lineno")}
    return len(held | set(signature))


def nesting(node: ast.AST, depth: int = 0) -> int:
    """How deep blocks stand in blocks; a chain of elif is one block, an inner function starts anew."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        if not isinstance(child, Function):
            deeper = isinstance(child, BLOCKS) and not chained
            deepest = max(deepest, nesting(child, depth + deeper))
    return deepest


def parameters(function: Function) -> int:
    """How many things a caller has to give, self aside."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([each for each in names if each not in {"self", "cls"}])


@every_source
def test_shape(path: Path) -> None:
    """A file has at most 300 lines; a function 40 lines, three blocks in each other and six parameters."""
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES
    for each in functions(ast.parse(text)):
        assert code_lines(each) <= FUNCTION_LINES, each.name
        assert nesting(each) <= NESTING, each.name
        assert parameters(each) <= PARAMETERS, each.name


@every_source
def test_every_module_opens_with_its_promise(path: Path) -> None:
    """Every module has a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text()))


@every_source
def test_no_module_keeps_mutable_state(path: Path) -> None:
    """What can change stands in no module: constants are in capitals, and nobody writes to them."""
    tree = ast.parse(path.read_text())
    changing = [
        ast.unparse(each)
        for each in tree.body
        if isinstance(each, ast.Assign | ast.AnnAssign) and isinstance(each.value, MUTABLE)
        for target in (each.targets if isinstance(each, ast.Assign) else [each.target])
        if not ast.unparse(target).isupper() and ast.unparse(target) != "__all__"
    ]
    assert changing == []
    assert [
        each.lineno for each in ast.walk(tree) if isinstance(each, ast.Global) or writes_constant(each)
    ] == []


def writes_constant(node: ast.AST) -> bool:
    """Whether a node sets an item of a constant in capitals or calls what changes it."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name.isupper()
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            return name.isupper() and method in MUTATORS
    return False


def test_functions_are_short_as_a_rule() -> None:
    """The middle function has at most 8 lines of code, nine in ten at most 20 (aimed at: 5 and 15)."""
    lengths = sorted(code_lines(each) for path in SOURCES for each in functions(ast.parse(path.read_text())))
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[8] <= 20


def test_no_class_stands_on_more_than_one_of_ours() -> None:
    """Hierarchies are one deep, faults aside."""
    classes = {
        each.name: {ast.unparse(base) for base in each.bases}
        for path in SOURCES
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.ClassDef)
    }
    deep = [
        name
        for name, bases in classes.items()
        for base in bases & classes.keys()
        if classes[base] & classes.keys() and base != "Fault"
    ]
    assert deep == []


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_tests_say_what_they_show_and_never_sleep(path: Path) -> None:
    """Every test has a docstring; none sleeps, and none imports a mock."""
    tree = ast.parse(path.read_text())
    unsaid = [
        each.name for each in functions(tree) if each.name.startswith("test_") and not ast.get_docstring(each)
    ]
    assert unsaid == []
    calls = {ast.unparse(each.func) for each in ast.walk(tree) if isinstance(each, ast.Call)}
    assert calls & {"time.sleep", "sleep", "asyncio.sleep"} == set()
    imports = {each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
    assert imports & {"unittest.mock", "unittest"} == set()


def test_test_files_have_names_of_their_own() -> None:
    """No two test files share a base name: the folders are no packages."""
    names = [path.name for path in TESTS if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
