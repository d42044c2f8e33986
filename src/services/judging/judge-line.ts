/** What a line of an import is by itself, whoever sent it: pure, so that it can be found out in another thread. */
import { productIdOf } from '../../domain/identity/product-key.js'
import { MAX_ISSUES_PER_DOCUMENT, type Issue } from '../../domain/issue.js'
import { findingsBeside } from '../../domain/partial-record.js'
import type { AcceptedRecord } from '../../domain/product.js'
import { contentOfDocument } from '../../domain/record-content.js'
import type { RecordValidator } from '../../domain/record-validation.js'
import type { ValidationContext } from '../../domain/rule.js'
import type { ComparableRecord } from '../../domain/schema-versions/exchange-view.js'
import { comparableRecord, namedProductOf } from '../../domain/schema-versions/registry.js'
import type { ParsedLine } from '../../formats/source-line.js'

export type LineVerdict =
  /** `compared` is what of the record has to be compared with another one; most have nothing. */
  | { accepted: AcceptedRecord, compared?: ComparableRecord }
  | RejectedLine
  /** The line is the stored record, word for word: it was judged when it came. */
  | { isStored: true }

/** `productId` is undefined when it cannot be told which product the line is about. */
export interface RejectedLine { issues: readonly Issue[], productId: string | undefined }

/** @param storedHash of the record that is stored of the product; a line that says the same is not judged again */
export function judgeLine (validator: RecordValidator, parsed: ParsedLine, context: ValidationContext, storedHash?: Uint8Array): LineVerdict {
  if ('issues' in parsed) {
    const { issues, document } = parsed
    return document === undefined ? { issues, productId: undefined } : { issues: issuesOfPart(validator, document, issues, context), productId: productNamedBy(document) }
  }
  const { document } = parsed
  const isCompared = storedHash !== undefined && validator.isCurrent(document)
  const content = parsed.content ?? (isCompared ? contentOfDocument(document) : undefined)
  if (isCompared && content?.hash.equals(storedHash) === true) return { isStored: true }
  const judged = validator.validate(document, { ...context, ...(content && { content }) })
  if (!judged.valid) return { issues: judged.issues, productId: productNamedBy(document) }
  const { accepted, record } = judged
  const compared = comparableRecord(accepted.schemaVersion, record)
  return compared.basedOnManufacturerPartNumber === undefined ? { accepted } : { accepted, compared }
}

/** The product that a document names, if its manufacturer and part number can be read. */
export function productNamedBy (document: unknown): string | undefined {
  const named = namedProductOf(document)
  return named === undefined ? undefined : productIdOf(named.manufacturerName, named.manufacturerPartNumber)
}

/** What is wrong with a document of which some fields could not be read (`unread`): these, and what else the schema says; at most 50 issues. */
function issuesOfPart (validator: RecordValidator, document: unknown, unread: readonly Issue[], context: ValidationContext): readonly Issue[] {
  const judged = validator.validate(document, context)
  return judged.valid ? unread : [...unread, ...findingsBeside(unread, judged.issues)].slice(0, MAX_ISSUES_PER_DOCUMENT)
}
