/** Goes on with a value at once when it is there, and otherwise when it comes: turns through promises are a noticeable part of an answer from memory. */
export function whenKnown<Value, Result> (value: Value | Promise<Value>, use: (value: Value) => Result | Promise<Result>): Result | Promise<Result> {
  return value instanceof Promise ? value.then(use) : use(value)
}
