"""The small mistakes that could be made in a C source, one at a time.

This reads C in the layout of this project (function names in column 0, the
braces of functions too), by its tokens.  What stands in assert() is left
alone: it says what cannot be, and no test can see it weakened.
"""
import re
from collections import namedtuple

Token = namedtuple("Token", "kind text at line")
Mutant = namedtuple("Mutant", "line function what begin end text")

TOKEN = re.compile(r"""
    (?P<space>[ \t\r\n]+|/\*.*?\*/|//[^\n]*)
  | (?P<pp>(?m:^)\#(?:\\\n|[^\n])*)
  | (?P<str>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<id>[A-Za-z_]\w*)
  | (?P<num>\d[\w.]*)
  | (?P<op>->|\+\+|--|<<=|>>=|<<|>>|[<>=!]=|&&|\|\||[-+*/%&|^]=|\.\.\.|[^\w\s])
""", re.X | re.S)

FLIPS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="),
    ">=": (">", "<"), "==": ("!=",), "!=": ("==",),
    "&&": ("||",), "||": ("&&",), "++": ("--",), "--": ("++",),
    "+=": ("-=",), "-=": ("+=",), "|=": ("&=",), "&=": ("|=",),
    "+": ("-",), "-": ("+",), "/": ("*",), "%": ("/",), "&": ("|",),
}
UNLESS_BINARY = ("+", "-", "&")
WORDS = {"true": "false", "false": "true"}
OPEN, CLOSE = "([{", ")]}"
NO_STATEMENT = ("if else for while do switch case default goto const static "
                "struct enum union unsigned signed").split()
ENUM = re.compile(r"\benum\s*\w*\s*\{([^{}]*)\}")


def neighbours(preprocessed):
    """Each enumerator with those before and after it, the nearer ones."""
    near = {}
    for body in ENUM.findall(preprocessed):
        names = re.findall(r"(?:^|,)\s*([A-Za-z_]\w*)", body)
        for i, name in enumerate(names):
            near[name] = names[max(i - 1, 0):i] + names[i + 1:i + 2]
    return near


def tokens_of(source):
    tokens, line, at = [], 1, 0
    while at < len(source):
        m = TOKEN.match(source, at)
        if m.lastgroup not in ("space", "pp"):
            tokens.append(Token(m.lastgroup, m.group(), at, line))
        line += m.group().count("\n")
        at = m.end()
    return tokens


class Reader:
    """Walks the tokens of one file and collects mutants."""

    def __init__(self, source, near):
        self.source, self.near = source, near
        self.tokens = tokens_of(source)
        self.match = self.matches()
        self.mutants = []
        self.function = ""
        self.returns = ""

    def matches(self):
        stack, match = [], {}
        for i, t in enumerate(self.tokens):
            if t.kind == "op" and t.text in OPEN:
                stack.append(i)
            elif t.kind == "op" and t.text in CLOSE:
                match[stack.pop()] = i
        return match

    def text(self, i):
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def column_0(self, i):
        at = self.tokens[i].at
        return at == 0 or self.source[at - 1] == "\n"

    def add(self, first, last, text, what):
        begin, end = self.tokens[first], self.tokens[last]
        # Lines keep their numbers.
        lines = self.source.count("\n", begin.at, end.at + len(end.text))
        text += "\n" * max(0, lines - text.count("\n"))
        self.mutants.append(Mutant(begin.line, self.function, what, begin.at,
                                   end.at + len(end.text), text))

    def replace(self, i, text):
        self.add(i, i, text, "%s -> %s" % (self.text(i), text))

    def read(self):
        i = 0
        while i < len(self.tokens):
            if self.begins_function(i):
                close = self.match[i]
                self.body(i, close)
                self.function = ""
                i = close
            elif self.text(i) == "=" and self.text(i + 1) == "{":
                self.table(i + 1, self.match[i + 1])
                i = self.match[i + 1]
            i += 1
        return self.mutants

    def begins_function(self, i):
        """A brace in column 0 behind a name in column 0."""
        if self.text(i) != "{" or not self.column_0(i):
            return False
        j = i - 1
        while j > 0 and not (self.tokens[j].kind == "id" and
                             self.column_0(j) and self.text(j + 1) == "("):
            if self.column_0(j) and self.text(j) in "};":
                return False
            j -= 1
        self.function = self.text(j)
        k = j - 1
        while k >= 0 and self.text(k) not in ("}", ";"):
            k -= 1
        words = [self.text(n) for n in range(k + 1, j)]
        self.returns = " ".join(w for w in words
                                if w not in ("static", "const", "inline"))
        return True

    def table(self, begin, end):
        for i in range(begin + 1, end):
            self.operand(i)

    def operand(self, i):
        t = self.tokens[i]
        if t.kind == "id" and t.text in WORDS:
            self.replace(i, WORDS[t.text])
        elif t.kind == "id" and self.text(i - 1) not in ("->", "."):
            for name in self.near.get(t.text, ()):
                self.replace(i, name)
        elif t.kind == "num" and re.fullmatch(r"\d+", t.text):
            self.replace(i, str(int(t.text) + 1))

    def body(self, begin, end):
        i = begin + 1
        fresh = True    # a statement may begin here
        while i < end:
            t = self.tokens[i]
            if t.text in ("assert", "_Static_assert"):
                i = self.match[i + 1] + 1
                continue
            if fresh:
                self.statement(i)
            if t.text == "case":
                i = self.label(i)
                fresh = True
                continue
            if t.text == "return":
                self.returned(i)
            if t.text in ("if", "while") and self.text(i + 1) == "(":
                self.condition(i + 1)
            if t.text in ("if", "while", "for", "switch"):
                close = self.match[i + 1]
                for k in range(i + 2, close):
                    self.operator(k)
                    self.operand(k)
                i, fresh = close + 1, True
                continue
            self.operator(i)
            self.operand(i)
            fresh = t.text in ("{", "}", ";", "else", "do", ":")
            i += 1

    def label(self, i):
        """A case whose label is missing: what it names falls through."""
        colon = i
        while self.text(colon) != ":":
            colon += 1
        self.add(i, colon, ";" if self.text(colon + 1) == "}" else "",
                 "no " + " ".join(self.text(k) for k in range(i, colon)))
        return colon + 1

    def statement(self, i):
        t = self.tokens[i]
        if t.text in NO_STATEMENT or t.text in OPEN + CLOSE or t.text == ";":
            return
        end = i
        while self.text(end) != ";":
            if self.text(end) in ("{", "}"):
                return
            end = self.match.get(end, end) + 1
        if t.text == "return" and end > i + 1:
            return
        # A declaration has a word behind its first one.
        second = self.tokens[i + 1]
        if t.text == "(" or second.kind != "id":
            self.add(i, end, ";", "drop: " + self.short(i, end))

    def short(self, first, last):
        text = self.source[self.tokens[first].at:self.tokens[last].at]
        return re.sub(r"\s+", " ", text)

    def returned(self, i):
        end = i
        while self.text(end) != ";":
            end = self.match.get(end, end) + 1
        if end == i + 1:
            return
        values = ["0"]
        if self.returns == "bool":
            values = ["true", "false"]
        elif self.returns.endswith("*"):
            values = ["NULL"]
        elif self.returns == "int":
            values = ["0", "-1"]
        for value in values:
            if self.short(i + 1, end) != value:
                self.add(i + 1, end - 1, "(%s)%s" % (self.returns, value),
                         "return " + value)

    def condition(self, i):
        close = self.match[i]
        text = self.source[self.tokens[i].at:self.tokens[close].at + 1]
        self.add(i, close, "(!%s)" % text, "negate")

    def operator(self, i):
        t = self.tokens[i]
        if t.kind != "op":
            return
        before = self.tokens[i - 1]
        binary = before.kind in ("id", "num") and before.text != "return" or \
            before.text in (")", "]")
        if t.text == "!":
            self.add(i, i, "", "drop !")
        elif t.text == "?":
            self.ternary(i)
        elif t.text in FLIPS and (binary or t.text not in UNLESS_BINARY):
            for other in FLIPS[t.text]:
                self.replace(i, other)

    def ternary(self, i):
        """Negate what stands before the question mark."""
        opened = {v: k for k, v in self.match.items()}
        k = i - 1
        while self.text(k) not in ("return", "=", "(", ",", ":", ";"):
            k = opened.get(k, k) - 1
        begin, end = self.tokens[k + 1].at, self.tokens[i - 1]
        text = self.source[begin:end.at + len(end.text)]
        self.add(k + 1, i - 1, "!(%s)" % text, "negate ?")


def mutants_of(source, preprocessed):
    return Reader(source, neighbours(preprocessed)).read()
