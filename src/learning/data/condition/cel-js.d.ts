/** What is used of it: its own types leave the parsed expression open. */
declare module '@marcbachmann/cel-js' {
  /** A node of a parsed expression; what `args` holds depends on `op`. */
  export interface ASTNode {
    op: string;
    args: unknown;
    start: number;
    end: number;
  }

  export interface CelError extends Error {
    code: string;
    summary: string;
    range?: { start: number; end: number };
  }

  export interface ParsedExpression {
    (context: Record<string, unknown>): unknown;
    ast: ASTNode;
  }

  export class Environment {
    constructor(options: { limits: Record<string, number> });
    registerType(name: string, type: { fields: Record<string, string> }): this;
    registerVariable(name: string, type: string): this;
    registerOperator(signature: string, handler: (a: unknown, b: unknown) => boolean): this;
    parse(expression: string): ParsedExpression;
    check(expression: string): { valid: true; type: string } | { valid: false; error: CelError };
  }
}
