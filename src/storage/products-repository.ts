/** Reading products. Every method takes the caller's visibility, so that scoping cannot be forgotten. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BSON, type Db, type Filter } from 'mongodb'
import type { ListedProduct, ProductSnapshot, ProductVersionEntry, StoredProduct } from '../domain/product.js'
import type { ProductFilters } from '../domain/product-filters.js'
import { normalizeGtin } from '../domain/identity/gtin.js'
import { NO_PRODUCT, normalizeManufacturerName, normalizePartNumber } from '../domain/identity/product-key.js'
import { planRead, sees, type ReadPlan, type Visibility } from '../domain/visibility.js'
import { createCoalescedReader } from './coalescing.js'
import { MAX_TIME_MS } from './connection.js'
import { findBytes } from './find-bytes.js'
import type { GtinClaims } from './gtin-claims.js'
import { createIdentifierMatches, type IdentifierMatch, type IdentifierMatches } from './identifier-matches.js'
import { productsCollection, toStoredProduct, versionsCollection, type ProductDocument } from './product-documents.js'
import { hiddenPassedOver, MAX_MERGED_AUDIENCES, visibilityConditions } from './visibility-conditions.js'

/** What is known of a product besides a version of its record; kept for withdrawn products too. */
export interface ProductIdentity {
  productId: string
  version: number
  vendor: string
  withdrawn: boolean
  manufacturerKey: string
}

/** Enough for a person to know a product by. */
export interface ProductSummary extends IdentifierMatch { category: string }

/** The fields that a product's answer is made of. */
const ANSWER_PROJECTION = { version: 1, vendor: 1, publishedAt: 1, schemaVersion: 1, record: 1, warnings: 1, outcome: 1, withdrawn: 1, audience: 1 } as const

const LIST_PROJECTION = { ...ANSWER_PROJECTION, born: 1 } as const

/** The fields that tell products apart. */
const SUMMARY_PROJECTION = { manufacturerName: 1, manufacturerPartNumber: 1, category: 1 } as const

/** Several seconds of work for the database; who comes after that is told at once instead of waiting longer. */
const MAX_WAITING_READS = 20_000

/** Products per `find` of a coalesced read; larger batches delay the first answer more than they save. */
const MAX_COALESCED_KEYS = 128

export type ProductsRepository = ReturnType<typeof createProductsRepository>

export function createProductsRepository (db: Db, parts: { claims: GtinClaims }) {
  const products = productsCollection(db)
  const versions = versionsCollection(db)
  const matches = createIdentifierMatches(products)

  async function loadDocuments (productIds: readonly string[], projection: Record<string, 1> = ANSWER_PROJECTION, answered?: () => void): Promise<Map<string, ProductDocument>> {
    const found = new Map<string, ProductDocument>()
    for (let missing = productIds; missing.length > 0;) {
      const { documents, isCut } = await findBytes(db, products.collectionName, { filter: { _id: { $in: missing } }, projection, limit: missing.length, maxTimeMS: MAX_TIME_MS })
      if (answered !== undefined && !isCut) {
        answered()
        await nextTurn() // The next question is sent before this process is busy decoding.
      }
      for (const bytes of documents) {
        const document = BSON.deserialize(bytes, { promoteBuffers: true }) as ProductDocument
        found.set(document._id, document)
      }
      missing = isCut ? missing.filter(productId => !found.has(productId)) : []
    }
    return found
  }

  const coalesced = createCoalescedReader(async (keys, answered) => await loadDocuments(keys, ANSWER_PROJECTION, answered), { maxKeys: MAX_COALESCED_KEYS, maxInFlight: 2, maxWaiting: MAX_WAITING_READS })

  /** The product as it stands, for whoever may see it: the caller decides that by its scope. Reads that come together share a command. */
  async function load (productId: string): Promise<ProductSnapshot | undefined> {
    const document = await coalesced.get(productId)
    return document === undefined ? undefined : snapshotOf(document)
  }

  /** The product as it stands; null when it does not exist, is withdrawn or is not visible. */
  async function find (productId: string, visibility: Visibility): Promise<StoredProduct | null> {
    const snapshot = await load(productId)
    return snapshot !== undefined && sees(visibility, snapshot.scope) ? snapshot.product : null
  }

  /** Those of the products that exist and are visible. */
  async function findMany (productIds: readonly string[], visibility: Visibility): Promise<Map<string, StoredProduct>> {
    const found = new Map<string, StoredProduct>()
    for (const [productId, document] of await loadDocuments(productIds)) {
      const snapshot = snapshotOf(document)
      if (snapshot !== undefined && sees(visibility, snapshot.scope)) found.set(productId, snapshot.product)
    }
    return found
  }

  /** Those of the products that exist and are visible. */
  async function findVisibleIds (productIds: readonly string[], visibility: Visibility): Promise<Set<string>> {
    const documents = await loadDocuments(productIds, { vendor: 1, audience: 1, withdrawn: 1 })
    return new Set([...documents.values()].filter(document => document.withdrawn !== true && sees(visibility, document)).map(({ _id }) => _id))
  }

  /**
   * One page in the order in which products were born, which never changes, so that paging neither repeats nor skips. What it costs
   * follows what is visible: where that is little, the audiences are read instead of the products.
   *
   * @param page.after where the product before the page was born
   */
  async function list (
    filters: ProductFilters, visibility: Visibility, page: { after?: number, limit: number }
  ): Promise<ListedProduct[]> {
    // A GTIN has one owner, so what is found is so little that it is put in order last.
    const hint = filters.gtin === undefined ? undefined : '_id_'
    const query = [...await queryOf(filters), { born: { $gt: page.after ?? 0 } }]
    const documents = await readVisible(query, planList(filters, visibility), { limit: page.limit, projection: LIST_PROJECTION, hint })
    return documents.flatMap(document => {
      const product = toStoredProduct(document._id, document)
      return product === null ? [] : { ...product, born: document.born }
    })
  }

  /** @param read.hint the index to use, unless the audiences are read */
  async function readVisible (
    query: ReadonlyArray<Filter<ProductDocument>>, plan: ReadPlan, { limit, projection, hint }: { limit: number, projection: Record<string, 1>, hint?: string | undefined }
  ): Promise<ProductDocument[]> {
    const options = { sort: { born: 1 }, limit, batchSize: limit + 1, maxTimeMS: MAX_TIME_MS } as const
    if (plan.way !== 'audiences') {
      const conditions = plan.way === 'pass-over' ? [...query, hiddenPassedOver(plan.visibility)] : [...query]
      return await products.find({ $and: conditions }, { ...options, projection, ...(hint !== undefined && { hint }) }).toArray()
    }
    const { tokens } = plan
    if (tokens.length === 0) return []
    const within = (some: readonly string[]): Filter<ProductDocument> => ({ $and: [{ audience: { $in: [...some] } }, ...query] })
    if (tokens.length <= MAX_MERGED_AUDIENCES) {
      return await products.find(within(tokens), { ...options, projection, hint: 'audience-born' }).toArray()
    }
    const places: Array<Pick<ProductDocument, '_id' | 'born'>> = []
    for (let start = 0; start < tokens.length; start += MAX_MERGED_AUDIENCES) {
      places.push(...await products.find(within(tokens.slice(start, start + MAX_MERGED_AUDIENCES)), { ...options, projection: { born: 1 }, hint: 'audience-born' }).toArray())
    }
    const first = places.sort((a, b) => a.born - b.born).slice(0, limit).map(({ _id }) => _id)
    const documents = await loadDocuments(first, projection)
    return first.flatMap(id => documents.get(id) ?? [])
  }

  /** The conditions of a filtered read. A GTIN that nobody has is looked for like one whose product is hidden. */
  async function queryOf (filters: ProductFilters): Promise<Array<Filter<ProductDocument>>> {
    const query: Array<Filter<ProductDocument>> = [{ withdrawn: { $exists: false } }]
    const { manufacturer, mpn, gtin, category, condition, vendor, hasGroup, assuranceLevel } = filters
    if (gtin !== undefined) {
      const owners = await parts.claims.ownersOf(gtin.flatMap(value => normalizeGtin(value) ?? []))
      query.push({ _id: { $in: owners.size === 0 ? [NO_PRODUCT] : [...new Set(owners.values())] } })
    }
    if (manufacturer !== undefined) query.push({ manufacturerKey: { $in: manufacturer.map(normalizeManufacturerName) } })
    if (mpn !== undefined) query.push({ partNumberKey: { $in: mpn.map(normalizePartNumber) } })
    if (category !== undefined) query.push({ category: { $in: [...category] } })
    if (condition !== undefined) query.push({ condition: { $in: [...condition] } })
    if (vendor !== undefined) query.push({ vendor: { $in: [...vendor] } })
    if (hasGroup !== undefined) query.push({ groups: { $in: [...hasGroup] } })
    if (assuranceLevel !== undefined) query.push({ assuranceLevels: { $in: [...assuranceLevel] } })
    if (filters.plasticFreePackaging !== undefined) query.push({ plasticFreePackaging: filters.plasticFreePackaging })
    if (filters.maxTotalKgCo2e !== undefined) query.push({ totalKgCo2e: { $lte: filters.maxTotalKgCo2e } })
    if (filters.minRecycledPercent !== undefined) query.push({ productRecycledPercent: { $gte: filters.minRecycledPercent } })
    if (filters.updatedSince !== undefined) query.push({ publishedAt: { $gte: new Date(filters.updatedSince) } })
    return query
  }

  /** Products by part number, whoever the manufacturer is. */
  async function findByPartNumber (partNumberKeys: readonly string[], visibility: Visibility): Promise<Map<string, IdentifierMatches>> {
    return await matches.find('partNumberKey', partNumberKeys, visibility)
  }

  /** Products by a registration or catalogue id, given as `scheme:value`. */
  async function findByExternalId (externalIds: readonly string[], visibility: Visibility): Promise<Map<string, IdentifierMatches>> {
    return await matches.find('externalIds', externalIds, visibility)
  }

  /** The product's identity even when it is withdrawn; who may ask for that is the caller's to decide. */
  async function findIdentity (productId: string, visibility: Visibility): Promise<ProductIdentity | null> {
    const document = await products.findOne({ $and: [{ _id: productId }, ...visibilityConditions(visibility)] }, {
      projection: { version: 1, vendor: 1, withdrawn: 1, manufacturerKey: 1 }, maxTimeMS: MAX_TIME_MS
    })
    if (document === null) return null
    const { _id, version, vendor, withdrawn, manufacturerKey } = document
    return { productId: _id, version, vendor, withdrawn: withdrawn === true, manufacturerKey }
  }

  /** The history, newest first, beginning below `before`; a version is visible if the product is visible now. */
  async function listVersions (productId: string, visibility: Visibility, page: { before?: number, limit: number }): Promise<ProductVersionEntry[]> {
    const current = await findVisible(productId, visibility, { version: 1, publishedAt: 1, schemaVersion: 1, outcome: 1 })
    if (current === null) return []
    const below = Math.min(current.version, page.before ?? Infinity)
    const history = await versions.find(
      { _id: { $gte: { productId, version: 0 }, $lt: { productId, version: below } } },
      { projection: { version: 1, publishedAt: 1, schemaVersion: 1, outcome: 1 }, sort: { _id: -1 }, limit: page.limit, maxTimeMS: MAX_TIME_MS }
    ).toArray()
    const entries = current.version < (page.before ?? Infinity) ? [current, ...history] : history
    return entries.slice(0, page.limit).map(({ version, publishedAt, schemaVersion, outcome }) => ({ version, publishedAt, schemaVersion, outcome }))
  }

  /** One version; null when it does not exist, is not visible, or was a withdrawal, which has no record. */
  async function findVersion (productId: string, version: number, visibility: Visibility): Promise<StoredProduct | null> {
    const current = await findVisible(productId, visibility, ANSWER_PROJECTION)
    if (current === null) return null
    const document = current.version === version
      ? current
      : await versions.findOne({ _id: { productId, version } }, { projection: ANSWER_PROJECTION, maxTimeMS: MAX_TIME_MS })
    return document === null ? null : toStoredProduct(productId, document)
  }

  /** The version number that was current at an instant; null when there was none yet or the product is not visible. */
  async function versionAt (productId: string, instant: Date, visibility: Visibility): Promise<number | null> {
    const current = await findVisible(productId, visibility, { version: 1, publishedAt: 1 })
    if (current === null) return null
    if (current.publishedAt <= instant) return current.version
    const superseded = await versions.findOne(
      { _id: { $gte: { productId, version: 0 }, $lt: { productId, version: Infinity } }, publishedAt: { $lte: instant } },
      { projection: { version: 1 }, sort: { _id: -1 }, maxTimeMS: MAX_TIME_MS }
    )
    return superseded?.version ?? null
  }

  /** How many products an audience has; counting ends at `most`. For its vendor only. */
  async function countInAudience (audience: string, most: number): Promise<number> {
    return await products.countDocuments({ audience, withdrawn: { $exists: false } }, { limit: most, hint: 'audience-born', maxTimeMS: MAX_TIME_MS })
  }

  /** The first products of some audiences of one vendor, in the order in which they were born. For this vendor only. */
  async function firstInAudiences (audiences: readonly string[], limit: number): Promise<ProductSummary[]> {
    const plan: ReadPlan = { way: 'audiences', tokens: audiences }
    const documents = await readVisible([{ withdrawn: { $exists: false } }], plan, { limit, projection: SUMMARY_PROJECTION })
    return documents.map(({ _id, manufacturerName, manufacturerPartNumber, category }) => ({ productId: _id, manufacturerName, manufacturerPartNumber, category }))
  }

  /** The product or its tombstone, as it stands. */
  async function findVisible (productId: string, visibility: Visibility, projection: Record<string, 1>): Promise<ProductDocument | null> {
    return await products.findOne({ $and: [{ _id: productId }, ...visibilityConditions(visibility)] }, { projection, maxTimeMS: MAX_TIME_MS })
  }

  return { load, find, findMany, findVisibleIds, list, findByPartNumber, findByExternalId, findIdentity, listVersions, findVersion, versionAt, countInAudience, firstInAudiences }
}

/** Identifiers find their products by themselves; for everything else the plan follows what is visible. */
function planList ({ gtin, mpn, manufacturer, vendor, category }: ProductFilters, visibility: Visibility): ReadPlan {
  if (visibility.kind === 'everything') return { way: 'unconditional' }
  if (gtin !== undefined || mpn !== undefined || manufacturer !== undefined) return { way: 'pass-over', visibility }
  return planRead(visibility, { vendors: vendor, categories: category })
}

/** undefined for a tombstone. */
function snapshotOf (document: ProductDocument): ProductSnapshot | undefined {
  if (document.withdrawn === true) return undefined
  const product = toStoredProduct(document._id, document)
  return product === null ? undefined : { product, scope: { vendor: document.vendor, audience: document.audience } }
}
