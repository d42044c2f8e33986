/** For a promise that is awaited where its turn comes, or in the end: until then it may fail without ending the process. */
export function handled<T> (promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
