import type { Member, TestExchange } from './exchange.js'

/** Calls the exchange as one of its members. */
export function callsOf ({ app }: Pick<TestExchange, 'app'>) {
  return async function call (
    member: Pick<Member, 'headers'>, method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH', url: string, payload?: object, headers: Record<string, string> = {}
  ) {
    return await app.inject({ method, url, headers: { ...member.headers, ...headers }, ...(payload && { payload }) })
  }
}
