/**
 * Wraps a load so that callers who ask for the same key while it is under way share the one result. Nothing is kept after
 * that, so the memory used is bounded by the loads that run at one time.
 */
export function shareInFlight<T> (load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>()
  return key => {
    let loading = underWay.get(key)
    if (loading === undefined) {
      loading = load(key).finally(() => { underWay.delete(key) })
      underWay.set(key, loading)
    }
    return loading
  }
}
