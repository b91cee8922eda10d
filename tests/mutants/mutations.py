"""Each way in which one place of a module could be wrong: what a test must notice.

1. One mutation changes one place: a comparison, a number by one, a truth value, `and` or `or`, `not`, `+` or `-`,
   `min` or `max`, or leaves one statement out that only does something.
2. Texts and annotations are left alone: no rule stands in them.
3. The same source gives the same mutations in the same order.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

COMPARISONS: Final = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
SWAPS: Final = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.And: ast.Or, ast.Or: ast.And}
NAMES: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One wrong module: the line, what stood there, what stands there now, and the whole source."""

    line: int
    was: str
    now: str
    source: str


@dataclass(frozen=True, slots=True)
class Site:
    """One place of a module that can be wrong: the how-manieth node, and in which way."""

    node: int
    way: int


def sites(source: str) -> Iterator[Site]:
    """Every site of a module, in order."""
    nodes = list(ast.walk(ast.parse(source)))
    left_alone = {id(each) for node in nodes for each in _annotations(node)}
    for number, node in enumerate(nodes):
        if id(node) not in left_alone:
            yield from (Site(number, way) for way in range(_ways(node)))


def mutation(source: str, site: Site) -> Mutation:
    """The module with this site mutated."""
    tree = ast.parse(source)
    return _changed(tree, list(ast.walk(tree))[site.node], site.way)


def mutations(source: str) -> Iterator[Mutation]:
    """Every mutation of a module, in the order of its sites."""
    return (mutation(source, site) for site in sites(source))


def _ways(node: ast.AST) -> int:
    """How many mutations a node has."""
    match node:
        case ast.Constant(value=bool()):
            return 1
        case ast.Constant(value=int()):
            return 2
        case ast.Compare(ops=[op]):
            return int(type(op) in COMPARISONS)
        case ast.BinOp(op=op) | ast.BoolOp(op=op):
            return int(type(op) in SWAPS)
        case ast.Name(id=name, ctx=ast.Load()):
            return int(name in NAMES)
    return int(isinstance(node, ast.AugAssign) or _negates(node) or _only_does(node))


def _negates(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _only_does(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _changed(tree: ast.AST, node: ast.AST, number: int) -> Mutation:
    """The tree with this node mutated in its n-th way."""
    was, line = ast.unparse(node), getattr(node, "lineno", 0)
    match node:
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.Constant(value=int() as value):
            node.value = value + (1, -1)[number]
        case ast.Compare(ops=[op]):
            node.ops = [COMPARISONS[type(op)]()]
        case ast.BinOp(op=op) | ast.BoolOp(op=op):
            node.op = SWAPS[type(op)]()
        case ast.Name(id=name):
            node.id = NAMES[name]
        case ast.UnaryOp():
            _replace(tree, node, node.operand)
        case ast.Expr() | ast.AugAssign():
            _replace(tree, node, ast.Pass())
    now = ast.unparse(node) if not isinstance(node, ast.UnaryOp | ast.Expr | ast.AugAssign) else _left(node)
    return Mutation(line, was, now, ast.unparse(ast.fix_missing_locations(tree)))


def _left(node: ast.AST) -> str:
    return ast.unparse(node.operand) if isinstance(node, ast.UnaryOp) else "(left out)"


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(each is old for each in value):
                setattr(parent, name, [new if each is old else each for each in value])


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in annotations and decorators (rule 2)."""
    for name in ("annotation", "returns"):
        if isinstance(found := getattr(node, name, None), ast.AST):
            yield from ast.walk(found)
    for decorator in getattr(node, "decorator_list", []):
        yield from ast.walk(decorator)
