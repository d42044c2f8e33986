/** Goes on with a value at once when it is there, and otherwise when it comes, so that an answer from memory takes no turns through promises. */
export function whenKnown<Value, Result> (value: Value | Promise<Value>, use: (value: Value) => Result | Promise<Result>): Result | Promise<Result> {
  return value instanceof Promise ? value.then(use) : use(value)
}
