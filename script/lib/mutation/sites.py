"""Finds the places of a C++ source that can be mutated, exactly, in clang's syntax tree.

A place (Site) has one mutant or more: comparison, arithmetic, logical operators, negated conditions, literals, deleted
statements (a call whose value is not used, an assignment), `return true` and `return false`.

Left out, because no test could notice or no run-time switch could change them: constant expressions (constexpr variables, case labels, enumerators,
template arguments, array bounds, static_assert), tables at namespace scope, macros (RS_CHECK above all), calls
of the log, and hints that only save time (reserve, prefetch).
"""

import dataclasses
import pathlib
import re

from clang import cindex
from clang.cindex import CursorKind as K
from clang.cindex import TypeKind

NEUTRAL = re.compile(r"(?:^|_)(?:reserve|shrink_to_fit|prefetch\w*|madvise|posix_madvise)$|^__builtin_prefetch$")
COMPARISONS = {"<": "<", ">": ">", "<=": "l", ">=": "g", "==": "=", "!=": "!"}
NEGATED = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}
BOUNDARY = {"<": "<=", ">": ">=", "<=": "<", ">=": ">"}
OTHER = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&", "^": "&", "<<": ">>", ">>": "<<"}
CODE = {"<<": "l", ">>": "r"}
NUMBERS = {getattr(TypeKind, name) for name in
           ("BOOL CHAR_U UCHAR CHAR16 CHAR32 USHORT UINT ULONG ULONGLONG UINT128 CHAR_S SCHAR WCHAR SHORT INT LONG LONGLONG "
            "INT128 FLOAT DOUBLE LONGDOUBLE ENUM").split()}
SKIPPED = {K.STATIC_ASSERT, K.ENUM_DECL, K.CXX_UNARY_EXPR, K.TYPE_REF, K.TEMPLATE_REF, K.NAMESPACE_REF, K.DECL_REF_EXPR, K.USING_DECLARATION,
           K.TEMPLATE_NON_TYPE_PARAMETER, K.TEMPLATE_TYPE_PARAMETER, K.TEMPLATE_TEMPLATE_PARAMETER, K.STRING_LITERAL}
FUNCTIONS = {K.FUNCTION_DECL, K.CXX_METHOD, K.CONSTRUCTOR, K.DESTRUCTOR, K.CONVERSION_FUNCTION, K.FUNCTION_TEMPLATE}
SCOPES = {K.NAMESPACE, K.CLASS_DECL, K.STRUCT_DECL, K.CLASS_TEMPLATE, K.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION, K.UNION_DECL,
          K.LINKAGE_SPEC, K.UNEXPOSED_DECL, K.FRIEND_DECL, K.TRANSLATION_UNIT}


@dataclasses.dataclass
class Site:
    file: str
    begin: int  # bytes; of the expression or statement
    end: int
    line: int
    function: str
    kind: str
    edits: list  # (offset, whether an end, depth, text) to insert; text has @ where the site's number goes
    cuts: list  # (begin, end, replacement): operators that become commas
    mutants: list  # (text before, text after) for people


class Finder:
    """Walks one translation unit and keeps what lies in the files of `scope` (absolute path -> path in the tree)."""

    def __init__(self, unit, scope):
        self.scope = scope
        self.sites = {}
        self.macros = {}
        self.texts = {}
        for cursor in unit.cursor.get_children():
            if cursor.kind == K.MACRO_INSTANTIATION and cursor.location.file and cursor.location.file.name in scope:
                spans = self.macros.setdefault(cursor.location.file.name, [])
                spans.append((cursor.extent.start.offset, cursor.extent.end.offset))
        for cursor in unit.cursor.get_children():
            if cursor.location.file and cursor.location.file.name in scope and cursor.kind.is_declaration():
                self.depth = 0
                self.function = ""
                self.declaration(cursor)

    # --- helpers

    def text(self, name):
        if name not in self.texts:
            self.texts[name] = pathlib.Path(name).read_bytes()
        return self.texts[name]

    def source(self, cursor):
        extent = cursor.extent
        return self.text(extent.start.file.name)[extent.start.offset:extent.end.offset].decode()

    def in_macro(self, cursor):
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        return any(begin < last and first < end for first, last in self.macros.get(cursor.extent.start.file.name, ()))

    def add(self, cursor, kind, edits, cuts, mutants):
        name = cursor.extent.start.file.name
        key = (name, cursor.extent.start.offset, cursor.extent.end.offset, kind)
        if key not in self.sites and mutants:
            self.sites[key] = Site(self.scope[name], key[1], key[2], cursor.extent.start.line, self.function, kind,
                                   [(at, last, self.depth, text) for at, last, text in edits], cuts, mutants)

    def wrap(self, cursor, kind, before, after, mutants):
        self.add(cursor, kind, [(cursor.extent.start.offset, False, before), (cursor.extent.end.offset, True, after)], [], mutants)

    def children(self, cursor):
        """Those that are written in this file, in this cursor."""
        name = cursor.extent.start.file.name if cursor.extent.start.file else None
        return [child for child in cursor.get_children()
                if child.extent.start.file and child.extent.start.file.name == name
                and child.extent.start.offset >= cursor.extent.start.offset and child.extent.end.offset <= cursor.extent.end.offset]

    # --- declarations

    def declaration(self, cursor):
        kind = cursor.kind
        if kind in FUNCTIONS:
            self.function_body(cursor)
        elif kind in SCOPES:
            for child in self.children(cursor):
                self.declaration(child)
        elif kind == K.FIELD_DECL:
            self.variable(cursor)
        elif kind == K.VAR_DECL:
            self.lambdas(cursor)

    def lambdas(self, cursor):
        """A variable at namespace scope is a table; a lambda in it is code."""
        for child in self.children(cursor):
            if child.kind == K.LAMBDA_EXPR:
                self.walk(child, cursor)
            else:
                self.lambdas(child)

    def function_body(self, cursor):
        outer = self.function
        parent = cursor.semantic_parent
        inside = parent is not None and parent.kind in SCOPES - {K.NAMESPACE, K.TRANSLATION_UNIT}
        self.function = (parent.spelling + "::" if inside else "") + cursor.spelling
        for child in self.children(cursor):
            if child.kind == K.COMPOUND_STMT and not self.source(child).startswith(("{", "try")):
                continue  # = default
            if child.kind.is_statement() or child.kind.is_expression() or child.kind == K.PARM_DECL:
                self.walk(child, cursor)
        self.function = outer

    def variable(self, cursor):
        """The initializer of a local variable, a parameter or a member; not an array's bound or a bit-field's width."""
        head = self.source(cursor)
        name_at = cursor.location.offset - cursor.extent.start.offset
        if re.search(r"\b(constexpr|constinit)\b", head[:max(name_at, 0)]):
            return
        constant = cursor.type.is_const_qualified()
        for child in self.children(cursor):
            at = child.extent.start.offset
            if not child.kind.is_expression() or at < cursor.location.offset:
                continue
            if at == cursor.location.offset:  # a constructor's call: Type name(a, b)
                self.walk(child, cursor)
                continue
            before = self.text(cursor.extent.start.file.name)[cursor.location.offset:at].decode()
            if child.kind != K.INIT_LIST_EXPR and not re.search(r"[={(]\s*$", before):
                continue
            if constant and not re.search(r"[A-Za-z_]", re.sub(r"\b(?:true|false|k[A-Z]\w*|0x\w+|\d\w*)\b", "", self.source(child))):
                continue  # a constant in all but name
            self.walk(child, cursor)

    # --- statements and expressions

    def walk(self, cursor, parent):
        if cursor.kind in SKIPPED or not cursor.extent.start.file or cursor.extent.start.file.name not in self.scope:
            return
        self.depth += 1
        if not self.in_macro_start(cursor):
            self.visit(cursor, parent)
        self.depth -= 1

    def in_macro_start(self, cursor):
        """Whether it is written inside a macro's arguments or is the macro."""
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        return any(first <= begin and end <= last for first, last in self.macros.get(cursor.extent.start.file.name, ()))

    def visit(self, cursor, parent):
        kind = cursor.kind
        if kind == K.VAR_DECL or kind == K.PARM_DECL:
            self.variable(cursor)
            return
        if kind == K.CALL_EXPR and self.is_neutral(cursor):
            return
        if kind == K.UNEXPOSED_DECL:  # auto [a, b] = ...
            for child in self.children(cursor):
                if child.kind.is_expression():
                    self.walk(child, cursor)
            return
        if kind in SCOPES:
            self.declaration(cursor)
            return
        if kind == K.MEMBER_REF_EXPR:
            for child in self.children(cursor)[:1]:
                if child.extent.start.offset == cursor.extent.start.offset:
                    self.walk(child, cursor)
            return
        handler = getattr(self, "on_" + kind.name.lower(), None)
        if handler is not None and not self.in_macro_partly(cursor):
            handler(cursor, parent)
        if kind == K.CASE_STMT:
            for child in self.children(cursor)[1:]:
                self.walk(child, cursor)
            return
        for child in self.children(cursor):
            if not self.is_constexpr_condition(cursor, child):
                self.walk(child, cursor)

    def in_macro_partly(self, cursor):
        """An expression that begins or ends in the middle of a macro has no text that could be wrapped."""
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        return any(first < begin < last or first < end < last for first, last in self.macros.get(cursor.extent.start.file.name, ()))

    def is_constexpr_condition(self, cursor, child):
        return (cursor.kind == K.IF_STMT and child.kind.is_expression()
                and re.match(r"if\s+constexpr\b", self.source(cursor)[:20]) is not None)

    def is_neutral(self, cursor):
        target = cursor.referenced
        if target is None:
            callee = re.match(r"[\w:.>-]+", self.source(cursor))
            name = callee.group(0) if callee else ""
            return "log::" in name or NEUTRAL.search(re.split(r"::|\.|->", name)[-1]) is not None
        space = target.semantic_parent
        return (space is not None and space.kind == K.NAMESPACE and space.spelling == "log") or NEUTRAL.search(target.spelling) is not None

    def on_compound_stmt(self, cursor, _):
        for child in self.children(cursor):
            self.deletion(child)

    def on_case_stmt(self, cursor, _):
        self.deletion(self.children(cursor)[-1])

    def on_default_stmt(self, cursor, _):
        self.deletion(self.children(cursor)[-1])

    def deletion(self, cursor):
        """A statement that is an expression, without the expression."""
        inner = cursor
        while inner.kind in (K.UNEXPOSED_EXPR, K.PAREN_EXPR, K.CSTYLE_CAST_EXPR):
            below = [child for child in self.children(inner) if child.kind.is_expression()]
            if not below:
                return
            inner = below[-1]
        if inner.kind not in (K.CALL_EXPR, K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.UNARY_OPERATOR, K.CXX_DELETE_EXPR):
            return
        if inner.kind == K.CALL_EXPR and self.is_neutral(inner) or self.overlaps_macro(cursor):
            return
        text = self.source(cursor)
        self.depth += 0.5  # between the block and what the statement begins with
        self.add(cursor, "delete", [(cursor.extent.start.offset, False, "if (!rs_mutant::on(@)) ")], [], [(text + ";", "")])
        self.depth -= 0.5

    def overlaps_macro(self, cursor):
        """A statement that is a macro (RS_CHECK); arguments that are macros (O_RDONLY) do not matter."""
        begin = cursor.extent.start.offset
        return any(first <= begin < last for first, last in self.macros.get(cursor.extent.start.file.name, ()))

    def operator(self, cursor):
        """(left, right, begin and end of the operator, its text) of a binary operator, built-in or overloaded."""
        parts = self.children(cursor)
        if len(parts) < 2:
            return None
        left, right = parts[0], parts[-1]
        begin, end = left.extent.end.offset, right.extent.start.offset
        between = self.text(cursor.extent.start.file.name)[begin:end].decode()
        bare = re.sub(r"//[^\n]*", lambda match: " " * len(match.group(0)), between)
        sign = bare.strip()
        if not re.fullmatch(r"[-+*/%&|^<>=!]+", sign):
            return None
        at = begin + bare.index(sign)
        return left, right, at, at + len(sign), sign

    def on_binary_operator(self, cursor, _):
        found = self.operator(cursor)
        if found is None:
            return
        left, right, at, end, sign = found
        if sign in ("&&", "||"):
            self.logical(cursor, left, right, at, sign)
        else:
            self.binary(cursor, found)

    def is_number(self, cursor):
        kind = cursor.type.get_canonical().kind
        return kind in NUMBERS or (kind == TypeKind.POINTER)

    def takes_arithmetic(self, cursor):
        name = cursor.type.get_canonical().spelling
        return self.is_number(cursor) or "std::chrono::duration" in name or "std::chrono::time_point" in name

    def has_other(self, left, right, sign):
        """Whether pointers and times have the other operator, too."""
        kinds = ["time" if "time_point" in each.type.get_canonical().spelling else "duration" if "duration" in each.type.get_canonical().spelling
                 else "pointer" if each.type.get_canonical().kind == TypeKind.POINTER else "number" for each in (left, right)]
        if sign in "+-":
            return kinds in (["number", "number"], ["duration", "duration"], ["time", "duration"]) or (kinds == ["pointer", "number"])
        return kinds == ["number", "number"] or (sign in "*/%" and kinds == ["duration", "number"])

    def binary(self, cursor, found):
        left, right, at, end, sign = found
        if sign not in COMPARISONS and sign not in OTHER:
            return
        whole = self.source(cursor)
        start = cursor.extent.start.offset

        def with_sign(other):
            return (whole, whole[:at - start] + other + whole[end - start:])

        if sign in COMPARISONS:
            boundary = sign in BOUNDARY and self.takes_arithmetic(left) and self.takes_arithmetic(right)
            mutants = ([with_sign(BOUNDARY[sign])] if boundary else []) + [with_sign(NEGATED[sign])]
            before = f"rs_mutant::compare<'{COMPARISONS[sign]}', {'true' if boundary else 'false'}>(@, "
        else:
            if not (self.takes_arithmetic(left) and self.takes_arithmetic(right)):
                return
            if not self.has_other(left, right, sign):
                return
            mutants = [with_sign(OTHER[sign])]
            before = f"rs_mutant::arithmetic<'{CODE.get(sign, sign)}'>(@, "
        self.add(cursor, "binary", [(start, False, before), (cursor.extent.end.offset, True, ")")], [(at, end, ",")], mutants)

    def logical(self, cursor, left, right, at, sign):
        whole = self.source(cursor)
        start = cursor.extent.start.offset
        other = "||" if sign == "&&" else "&&"
        neutral = "true" if sign == "&&" else "false"
        inner = self.peeled(left)
        below = self.operator(inner) if inner.kind == K.BINARY_OPERATOR else None
        chained = below is not None and below[4] == sign
        mutants = [(whole, whole[:at - start] + other + whole[at - start + 2:]), (whole, self.source(left))]
        if not chained:
            mutants.append((whole, self.source(right)))
        edits = [(start, False, "rs_mutant::negated(@, "), (cursor.extent.end.offset, True, ")")]
        for side, number in ((left, 2), (right, 1)):
            edits.append((side.extent.start.offset, False,
                          f"rs_mutant::operand(@, {99 if number == 2 and chained else number}, {neutral}, static_cast<bool>("))
            edits.append((side.extent.end.offset, True, "))"))
        self.add(cursor, "logical", edits, [], mutants)

    def on_compound_assignment_operator(self, cursor, _):
        found = self.operator(cursor)
        if found is not None:
            self.compound(cursor, found)

    def compound(self, cursor, found):
        left, right, at, end, sign = found
        base = sign[:-1]
        if base not in OTHER or not (self.takes_arithmetic(left) and self.takes_arithmetic(right)):
            return
        whole = self.source(cursor)
        start = cursor.extent.start.offset
        mutated = whole[:at - start] + OTHER[base] + "=" + whole[end - start:]
        self.add(cursor, "binary", [(start, False, f"rs_mutant::assign<'{CODE.get(base, base)}'>(@, "), (cursor.extent.end.offset, True, ")")],
                 [(at, end, ",")], [(whole, mutated)])

    def on_call_expr(self, cursor, _):
        """Overloaded operators of classes: comparisons of any, arithmetic of times."""
        name = cursor.spelling
        if not name.startswith("operator") or not re.fullmatch(r"operator(==|!=|<=|>=|<|>|\+|-|\*|/|%|\+=|-=|<=>)", name):
            return
        found = self.operator(cursor)
        if found is None:
            return
        if found[4] in COMPARISONS or found[4] in OTHER:
            self.binary(cursor, found)
        elif found[4][:-1] in OTHER:
            self.compound(cursor, found)

    def on_unary_operator(self, cursor, _):
        whole = self.source(cursor)
        parts = self.children(cursor)
        if not parts:
            return
        inner = parts[0]
        if whole.startswith("!"):
            self.wrap(cursor, "not", "rs_mutant::negated(@, ", ")", [(whole, whole[1:])])
        elif whole[:2] in ("++", "--"):
            self.unary(cursor, inner, f"rs_mutant::before<'{whole[0]}'>(@, ", {"++": "--", "--": "++"}[whole[:2]] + whole[2:])
        elif whole[-2:] in ("++", "--"):
            self.unary(cursor, inner, f"rs_mutant::after<'{whole[-1]}'>(@, ", whole[:-2] + {"++": "--", "--": "++"}[whole[-2:]])
        elif whole.startswith("-") and inner.kind not in (K.INTEGER_LITERAL, K.FLOATING_LITERAL):
            self.unary(cursor, inner, "rs_mutant::minus(@, ", whole[1:])

    def unary(self, cursor, inner, before, mutated):
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        cuts = [(begin, inner.extent.start.offset, ""), (inner.extent.end.offset, end, "")]
        self.add(cursor, "unary", [(begin, False, before), (end, True, ")")], [cut for cut in cuts if cut[0] < cut[1]],
                 [(self.source(cursor), mutated)])

    def peeled(self, cursor):
        while cursor.kind in (K.UNEXPOSED_EXPR, K.PAREN_EXPR):
            below = self.children(cursor)
            if len(below) != 1:
                break
            cursor = below[0]
        return cursor

    def negation(self, cursor):
        """A condition that is neither a comparison nor a negation, whose own mutants do the same."""
        inner = self.peeled(cursor)
        text = self.source(inner)
        found = self.operator(inner) if inner.kind in (K.BINARY_OPERATOR, K.CALL_EXPR) else None
        if (found is not None and found[4] in COMPARISONS) or text.startswith("!") or text in ("true", "false"):
            return
        self.wrap(cursor, "condition", "rs_mutant::negated(@, static_cast<bool>(", "))", [(self.source(cursor), f"!({self.source(cursor)})")])

    def on_if_stmt(self, cursor, _):
        if re.match(r"if\s+constexpr\b", self.source(cursor)[:20]):
            return
        parts = self.children(cursor)
        if any(part.kind == K.VAR_DECL for part in parts):
            return
        conditions = [part for part in parts if part.kind.is_expression()]
        if conditions:
            self.negation(conditions[0])

    def on_while_stmt(self, cursor, _):
        parts = self.children(cursor)
        if parts and parts[0].kind.is_expression():
            self.negation(parts[0])

    def on_conditional_operator(self, cursor, _):
        parts = self.children(cursor)
        if len(parts) == 3:
            self.negation(parts[0])

    def on_return_stmt(self, cursor, _):
        parts = self.children(cursor)
        if not parts or parts[0].type.get_canonical().kind != TypeKind.BOOL:
            return
        text = self.source(parts[0])
        if text not in ("true", "false"):
            self.wrap(parts[0], "return", "rs_mutant::answer(@, ", ")",
                      [(f"return {text};", "return true;"), (f"return {text};", "return false;")])

    def is_template_argument(self, cursor):
        before = self.text(cursor.extent.start.file.name)[:cursor.extent.start.offset][-80:].decode(errors="replace")
        return re.search(r"\w<(?:[\w:]+,\s*)*$", before) is not None

    def on_integer_literal(self, cursor, _):
        text = self.source(cursor)
        if self.is_template_argument(cursor):
            return
        match = re.fullmatch(r"(0[xX][0-9a-fA-F']+|0[bB][01']+|\d[\d']*)([uUlLzZ]*)", text)
        if match is None:
            return
        value = int(match.group(1).replace("'", ""), 0) if not re.fullmatch(r"0\d+", match.group(1)) else int(match.group(1), 8)
        others = [0, 2] if value == 1 else [value + 1]
        self.wrap(cursor, "literal", "rs_mutant::literal(@, ", ")", [(text, f"{other}{match.group(2)}") for other in others])

    def on_floating_literal(self, cursor, _):
        text = self.source(cursor)
        try:
            value = float(text.rstrip("fFlL").replace("'", ""))
        except ValueError:
            return
        others = [0.0, 2.0] if value == 1 else [value + 1]
        self.wrap(cursor, "literal", "rs_mutant::literal(@, ", ")", [(text, repr(other)) for other in others])

    def on_cxx_bool_literal_expr(self, cursor, _):
        text = self.source(cursor)
        if text in ("true", "false") and not self.is_template_argument(cursor):
            self.wrap(cursor, "literal", "rs_mutant::literal(@, ", ")", [(text, "false" if text == "true" else "true")])


def find(path, arguments, scope):
    """The sites of one translation unit, as plain data (one process a file, so that they can run side by side)."""
    index = cindex.Index.create()
    unit = index.parse(path, args=arguments, options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
    errors = [str(each) for each in unit.diagnostics if each.severity >= cindex.Diagnostic.Error]
    if errors:
        raise RuntimeError(f"clang cannot parse {path}: {errors[0]}")
    return [dataclasses.asdict(site) for site in Finder(unit, scope).sites.values()]
