/** The part of `node:async_hooks` (nodejs_compat) that we use: Node's own types would clash with the Workers types. */
declare module 'node:async_hooks' {
  export class AsyncLocalStorage<Value> {
    run<Result>(store: Value, work: () => Result): Result
    getStore(): Value | undefined
  }
}
