/** What is computed from texts of which most records have the same few. */

/** At most so many answers are kept. */
const MOST = 500

/** Longer texts are rare, and computed each time. */
const LONGEST = 200

/** The same function, which must depend on its argument alone, with its answers remembered; when there are too many, it begins anew. */
export function remembered<Answer> (compute: (text: string) => Answer): (text: string) => Answer {
  const answers = new Map<string, Answer>()
  return text => {
    const known = answers.get(text)
    if (known !== undefined) return known
    const answer = compute(text)
    if (text.length > LONGEST) return answer
    if (answers.size === MOST) answers.clear()
    answers.set(text, answer)
    return answer
  }
}
