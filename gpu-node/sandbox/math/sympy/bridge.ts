/**
 * Defines `_answer_question`, which takes a question as JSON and answers with JSON: `null` where SymPy finds nothing, or
 * nothing that the calculator has words for. Formulas come as trees (`tree.ts`) and are made by the constructors of a
 * table: no text that anybody wrote is read as Python. They go as text of the calculator's own words.
 */
export const BRIDGE = `
def _make_answer():
    import json
    import sympy as s
    from sympy.printing.str import StrPrinter

    made = {
        "add": s.Add, "multiply": s.Mul, "pow": s.Pow, "factorial": s.factorial,
        "subtract": lambda a, b: a - b, "divide": lambda a, b: a / b,
        "unaryMinus": lambda a: -a, "unaryPlus": lambda a: a,
        "abs": s.Abs, "ceil": s.ceiling,
        "log10": lambda a: s.log(a, 10), "log2": lambda a: s.log(a, 2),
    }
    same = """sin cos tan sec csc cot asin acos atan asec acsc acot atan2 sinh cosh tanh sech csch coth
    asinh acosh atanh exp log sqrt sign floor gamma erf""".split()
    made.update((name, getattr(s, name)) for name in same)
    constants = {"pi": s.pi, "e": s.E, "i": s.I, "tau": 2 * s.pi, "phi": s.GoldenRatio}
    words = {getattr(s, name): name for name in same if name != "sqrt"}
    words.update({s.Abs: "abs", s.ceiling: "ceil", s.factorial: "factorial", s.re: "re", s.im: "im", s.arg: "arg"})
    plain = (s.Add, s.Mul, s.Pow, s.Symbol, s.Rational, s.Float)
    named = {s.pi: "pi", s.E: "e", s.I: "i", s.GoldenRatio: "phi"}

    def read(tree):
        word, *of = tree
        if word == "number":
            return s.Rational(of[0])
        if word == "name":
            return s.Symbol(of[0])
        if word == "constant":
            return constants[of[0]]
        return made[word](*map(read, of))

    class Writer(StrPrinter):
        def _print_Function(self, of):
            return words[of.func] + "(" + self.stringify(of.args, ", ") + ")"
        def _print_ImaginaryUnit(self, of):
            return "i"
        def _print_Exp1(self, of):
            return "e"
        def _print_GoldenRatio(self, of):
            return "phi"

    def is_written(formula):
        return all(
            part in named or isinstance(part, plain) or part.func in words for part in s.preorder_traversal(formula)
        )

    def write(formula):
        if isinstance(formula, s.Piecewise):
            formula = formula.args[0].expr
        return Writer().doprint(formula).replace("**", "^") if is_written(formula) else None

    def write_value(formula):
        text = write(formula)
        if text is not None or formula.free_symbols:
            return text, False
        return write(s.N(formula, 15)), True

    def solve(trees, names):
        zeros, unknowns = [read(tree) for tree in trees], [s.Symbol(name) for name in names]
        # Of one equation in a list it does not tell the roots that have no formula.
        is_one = len(zeros) == len(unknowns) == 1
        found = s.solve(zeros[0], unknowns[0], dict=True) if is_one else s.solve(zeros, unknowns, dict=True)
        told = [[(name.name, *write_value(formula)) for name, formula in one.items()] for one in found]
        return [one for one in told if one and all(text is not None for _, text, _ in one)]

    questions = {
        "derivative": lambda of, name: write(s.diff(read(of), s.Symbol(name))),
        "integral": lambda of, name: write(s.integrate(read(of), s.Symbol(name))),
        "expand": lambda of: write(s.expand(read(of))),
        "factor": lambda of: write(s.factor(read(of))),
        "simplify": lambda of: write(s.simplify(read(of))),
        "solve": solve,
    }

    def answer(question):
        word, *of = json.loads(question)
        try:
            return json.dumps(questions[word](*of))
        except Exception:
            return "null"

    return answer

_answer_question = _make_answer()
del _make_answer
`
