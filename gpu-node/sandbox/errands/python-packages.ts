/** Packages of Python that a node may have: SymPy, and what it needs. Each is a wheel beside the others. */
export const PACKAGES = ['sympy', 'mpmath'] as const
