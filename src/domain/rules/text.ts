/** Rules about every text of a record, whichever field holds it: two texts that look the same are the same. */
import type { Finding, Rule, RuleContext } from '../rule.js'

const CONTROL_CHARACTER = /[\p{Cc}\p{Zl}\p{Zp}]/u
const LONE_SURROGATE = /\p{Surrogate}/u

/** @param fault what is wrong with a text, or undefined */
function onEachText (fault: (text: string) => string | undefined): Rule<object>['check'] {
  return (_record, { unusualTexts }: RuleContext) => unusualTexts.flatMap(({ pointer, text }): Finding[] => {
    const detail = fault(text)
    return detail === undefined ? [] : [{ pointer, detail, received: text }]
  })
}

/** Names a character that cannot be shown, e.g. U+0009. */
function codePoint (character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}

const controlCharacter: Rule<object> = {
  code: 'TEXT_CONTROL_CHARACTER',
  severity: 'error',
  title: 'Control character in a text',
  cause: 'The text holds a character that is not meant for reading: a line break, a tab, or another control character.',
  fix: 'Remove the character; texts in records are single lines.',
  source: 'Unicode general categories Cc, Zl and Zp',
  check: onEachText(text => {
    const [character] = CONTROL_CHARACTER.exec(text) ?? []
    return character === undefined ? undefined : `The text holds the control character ${codePoint(character)}.`
  })
}

const loneSurrogate: Rule<object> = {
  code: 'TEXT_NOT_UNICODE',
  severity: 'error',
  title: 'Broken character in a text',
  cause: 'The text holds half of a character (a lone UTF-16 surrogate), usually because it was cut in the middle of an emoji or a rare letter.',
  fix: 'Send the whole character, or leave it out.',
  source: 'RFC 8785, section 3.2.2.2; Unicode',
  check: onEachText(text => LONE_SURROGATE.test(text) ? 'The text holds half of a character (a lone surrogate).' : undefined)
}

const notComposed: Rule<object> = {
  code: 'TEXT_NOT_NFC',
  severity: 'error',
  title: 'Text not in Unicode normal form C',
  cause: 'The text writes an accented letter as a letter and an accent of its own. It looks the same as the composed letter, but it is another text to every comparison.',
  fix: 'Convert texts to Unicode normal form C (NFC) before sending; every programming language has a function for it.',
  source: 'Unicode Standard Annex 15',
  check: onEachText(text => text === text.normalize('NFC') ? undefined : 'The text is not in Unicode normal form C (NFC).')
}

const outerSpace: Rule<object> = {
  code: 'TEXT_OUTER_SPACE',
  severity: 'error',
  title: 'White space around a text',
  cause: 'The text begins or ends with white space, so it would not be found by those who search for it.',
  fix: 'Remove the white space at both ends.',
  source: 'Convention of the record: texts are trimmed',
  check: onEachText(text => text === text.trim() ? undefined : 'The text begins or ends with white space.')
}

export const textRules = [controlCharacter, loneSurrogate, notComposed, outerSpace] satisfies readonly Rule<object>[]
