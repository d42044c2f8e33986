/** Judging a record of which some fields could not be read. */
import { appendToPointer, type Issue } from './issue.js'

/**
 * Of the findings in the part that could be read, those that do not come from what is missing: findings of the schema, and none that
 * touches a field that could not be read. What rules between fields find may come from a missing one, so it is left for when all is there.
 *
 * @param unread says which fields could not be read
 */
export function findingsBeside (unread: readonly Issue[], found: readonly Issue[]): Issue[] {
  return found.filter(issue => {
    const place = placeOf(issue)
    return issue.code.startsWith('SCHEMA_') && !unread.some(({ pointer }) => isWithin(place, pointer) || isWithin(pointer, place))
  })
}

/** What the finding is about: of a field that is missing, where it would be. */
function placeOf ({ code, pointer, expected }: Issue): string {
  if (code === 'SCHEMA_VERSION_REQUIRED') return '/schemaVersion'
  return code === 'SCHEMA_REQUIRED' && expected !== undefined ? appendToPointer(pointer, expected) : pointer
}

function isWithin (inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`)
}
