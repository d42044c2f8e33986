import t from 'tap'
import { deliveryFor, type StoredChange } from '../../src/domain/change.js'
import { filterPredicate, type FilteredFields, type ProductFilters } from '../../src/domain/product-filters.js'

const FIELDS: FilteredFields = {
  manufacturerKey: 'nordwind systems',
  partNumberKey: 'NW-14',
  gtins: ['09521234543213'],
  category: 'laptop',
  groups: ['packaging', 'carbonFootprint'],
  totalKgCo2e: 0,
  assuranceLevels: ['selfDeclared'],
  vendor: 'org_nordwind',
  publishedAt: new Date('2026-02-01T00:00:00Z')
}

t.test('values of one filter are alternatives, filters combine, and what is not declared never matches', async t => {
  const matching: ProductFilters[] = [
    {},
    { manufacturer: ['Other', ' NORDWIND  Systems'] },
    { mpn: ['nw-14'], category: ['laptop'] },
    { gtin: ['9521234543213'] },
    { hasGroup: ['refurbishment', 'packaging'] },
    { assuranceLevel: ['selfDeclared'], vendor: ['org_nordwind'] },
    { maxTotalKgCo2e: 0 },
    { updatedSince: '2026-02-01T00:00:00Z' }
  ]
  for (const filters of matching) t.equal(filterPredicate(filters)(FIELDS), true, JSON.stringify(filters))
  const hiding: ProductFilters[] = [
    { manufacturer: ['Other'] },
    { mpn: ['nw-14'], category: ['monitor'] },
    { gtin: ['4006381333931'] },
    { gtin: ['not a GTIN'] },
    { condition: ['refurbished'] },
    { hasGroup: ['refurbishment'] },
    { minRecycledPercent: 0 },
    { plasticFreePackaging: false },
    { updatedSince: '2026-02-01T00:00:01Z' }
  ]
  for (const filters of hiding) t.equal(filterPredicate(filters)(FIELDS), false, JSON.stringify(filters))
})

t.test('a follower is told to remove exactly what it may hold', async t => {
  const deliver = deliveryFor({ category: ['laptop'] })
  const op = (version: number, category: string, isWithdrawn: boolean, position = 20): string => {
    const product = isWithdrawn ? null : {} as NonNullable<StoredChange['product']>
    const delivery = deliver({ position, version, product, fields: { ...FIELDS, category } } as StoredChange, 10)
    return delivery === null ? 'nothing' : delivery.op === 'delete' ? delivery.reason : delivery.op
  }
  t.equal(op(1, 'laptop', false), 'upsert')
  t.equal(op(2, 'laptop', true), 'withdrawn')
  t.equal(op(2, 'laptop', true, 10), 'withdrawn', 'withdrawals are part of the feed from its beginning')
  t.equal(op(1, 'monitor', false), 'nothing', 'it never matched')
  t.equal(op(2, 'monitor', false), 'no-longer-matching')
  t.equal(op(2, 'monitor', false, 10), 'nothing', 'it did not match when the follower began')
  t.equal(op(2, 'monitor', true), 'nothing', 'its only version did not match')
  t.equal(op(3, 'monitor', true), 'withdrawn', 'its first version may have matched')

  const revoked = (version: number, category: string): string | undefined => {
    const delivery = deliver({ position: 20, version, product: null, isRevoked: true, fields: { ...FIELDS, category } } as StoredChange, 10)
    return delivery?.op === 'delete' ? delivery.reason : undefined
  }
  t.equal(revoked(1, 'laptop'), 'access-revoked')
  t.equal(revoked(1, 'monitor'), undefined, 'its only version did not match')
  t.equal(revoked(2, 'monitor'), 'access-revoked', 'its first version may have matched')
})
