/** Modules that programs are likely to import: in the memory that is kept, it is there at once. */
export const MADE_READY = `
import ast, bisect, collections, copy, csv, dataclasses, datetime, decimal, fractions, functools, heapq, io, itertools, json
import linecache, math, operator, random, re, statistics, string, sys, textwrap, time, traceback, typing
`

/**
 * Defines \`_run_program\`: runs a program as a file of its own would be, prints the value of its last line as a console
 * does, and answers whether it failed. A traceback begins with the program's own lines.
 */
export const RUNNER = `
def _make_runner():
    import ast, linecache, random, sys, traceback
    name = "program.py"

    def run(source):
        # The memory that was kept knows one seed.
        random.seed()
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        failed = False
        try:
            tree = ast.parse(source, name)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            scope = {"__name__": "__main__"}
            exec(compile(tree, name, "exec"), scope)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), name, "eval"), scope)
                if value is not None:
                    print(repr(value))
        except SystemExit as end:
            failed = end.code not in (None, 0)
        except BaseException as fault:
            failed = True
            told = traceback.TracebackException.from_exception(fault)
            while told.stack and told.stack[0].filename != name:
                told.stack.pop(0)
            sys.stderr.write("".join(told.format()))
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        return failed

    return run

_run_program = _make_runner()
del _make_runner
`
