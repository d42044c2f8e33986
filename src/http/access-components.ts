/** Shared schemas of the decisions about access. Listed in `components.ts`. */
import { Type } from 'typebox'
import { AUDIENCE_SETTINGS, GRANT_STATES, type AudienceSetting } from '../domain/access-policy.js'
import { recordFieldValues } from '../domain/record-fields.js'
import { closedString, openString, ref } from './description.js'

const CATEGORIES = recordFieldValues('product.category')

const Name = Type.String({ minLength: 1, maxLength: 200, description: 'For people.', examples: ['Launch partners'] })
const OrganizationIds = (description: string, maxItems: number) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems, uniqueItems: true, description, examples: [['org_weitblick-distribution']] })
const Setting = (description: string) => closedString(AUDIENCE_SETTINGS, { description })
const Moment = (description: string) => Type.String({ format: 'date-time', description, examples: ['2026-12-01T00:00:00Z'] })
const nextCursor = Type.Optional(Type.String({ description: 'Pass it back as `cursor` to read the next page. Absent on the last page.' }))
const hasMore = Type.Boolean({ description: 'Whether another page follows.' })

/** A page of items that have a schema of their own. */
export const pageSchema = (id: string, item: string, description: string) =>
  Type.Object({ items: Type.Array(ref(item)), nextCursor, hasMore }, { $id: id, description })

const AudiencePolicy = Type.Object({
  default: Setting('Who sees your products: `open` is every member of the exchange, `closed` is whoever you grant it to.'),
  categories: Type.Unsafe<Record<string, AudienceSetting>>({
    type: 'object',
    properties: Object.fromEntries(CATEGORIES.map(category => [category, Setting('The same for this category, whatever the default says.')])),
    additionalProperties: false,
    description: 'Exceptions from the default, by product category.',
    examples: [{ laptop: 'closed' }]
  })
}, { $id: 'AudiencePolicy', additionalProperties: false, description: 'Who sees the products of a vendor, apart from grants.', examples: [{ default: 'open', categories: { laptop: 'closed' } }] })

const AudiencePolicyView = Type.Object({
  default: openString(AUDIENCE_SETTINGS, { description: 'Who sees your products.' }),
  categories: Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: openString(AUDIENCE_SETTINGS, { description: 'The same for this category.' }),
    description: 'Exceptions from the default, by product category.'
  })
}, { $id: 'AudiencePolicyView', description: 'Who sees the products of a vendor, apart from grants.' })

const GroupContent = Type.Object({
  name: Name,
  members: OrganizationIds('Ids of the organisations.', 1000)
}, { $id: 'GroupContent', additionalProperties: false, description: 'A group as you write it.', examples: [{ name: 'Launch partners', members: ['org_weitblick-distribution'] }] })

const Group = Type.Object({
  groupId: Type.String({ description: 'The group.', examples: ['grp_5f1d0c9a7b3e2f4a6c8d'] }),
  name: Type.String({ description: 'For people.' }),
  members: Type.Array(Type.String(), { description: 'Ids of the organisations.' }),
  createdAt: Moment('When it was made.')
}, { $id: 'Group', description: 'Organisations that you grant to together.' })

const ProductListContent = Type.Object({
  name: Name,
  audience: Type.Optional(Setting('Who sees the products on the list; left out: as your default.'))
}, { $id: 'ProductListContent', additionalProperties: false, description: 'A product list as you write it.', examples: [{ name: 'Spring launch', audience: 'closed' }] })

const ProductList = Type.Object({
  listId: Type.String({ description: 'The list.', examples: ['lst_5f1d0c9a7b3e2f4a6c8d'] }),
  name: Type.String({ description: 'For people.' }),
  audience: Type.Optional(openString(AUDIENCE_SETTINGS, { description: 'Who sees the products on the list; absent: as the default.' })),
  createdAt: Moment('When it was made.')
}, { $id: 'ProductList', description: 'Products that you decide about on their own, whatever their category.' })

const ProductIds = Type.Optional(Type.Array(Type.String({ format: 'uuid' }), { maxItems: 1000, description: 'At most 1,000 product ids; products that are not published yet may be among them.' }))

const ProductListChange = Type.Object({ add: ProductIds, remove: ProductIds }, {
  $id: 'ProductListChange', additionalProperties: false, description: 'Products to put on a list and to take off it. A product is on one list at most.', examples: [{ add: ['31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b'] }]
})

const ProductListChangeAnswer = Type.Object({
  added: Type.Integer({ description: 'Products that are on the list now.' }),
  removed: Type.Integer({ description: 'Products that were taken off it.' })
}, { $id: 'ProductListChangeAnswer', description: 'What became of the change.' })

const ProductListMember = Type.Object({
  productId: Type.String({ format: 'uuid', description: 'The product.' })
}, { $id: 'ProductListMember', description: 'A product on a list.' })

const grantTerms = {
  organizations: Type.Optional(OrganizationIds('Organisations that it is for.', 500)),
  groups: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 100, uniqueItems: true, description: 'Groups whose members it is for.' })),
  markets: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1, maxItems: 250, uniqueItems: true, description: 'Only as far as they are active in one of these countries (ISO 3166-1 alpha-2); the operator keeps where an organisation is active.', examples: [['DE', 'AT']] })),
  categories: Type.Optional(Type.Array(closedString(CATEGORIES), { minItems: 1, uniqueItems: true, description: 'Only products of these categories, unless they are on a product list.' })),
  productLists: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 100, uniqueItems: true, description: 'Only products on these lists; with `categories` both.' })),
  validFrom: Type.Optional(Moment('Nothing becomes visible before this moment; then it does by itself (an embargo).')),
  validTo: Type.Optional(Moment('From this moment on it is over, by itself. Not in the past (a minute is let pass, because clocks differ).'))
}

const GrantTerms = Type.Object(grantTerms, {
  $id: 'GrantTerms',
  additionalProperties: false,
  description: 'Who may see what, and when. At least one organisation or group; neither categories nor product lists: all of your products.',
  examples: [{ organizations: ['org_weitblick-distribution'], categories: ['laptop'], validFrom: '2026-12-01T00:00:00Z' }]
})

const Grant = Type.Object({
  grantId: Type.String({ description: 'The grant.', examples: ['grt_5f1d0c9a7b3e2f4a6c8d'] }),
  state: openString(GRANT_STATES, { description: 'Whether it is in effect now. `void`: the groups or product lists that it names are gone, and it names nobody, or no product, besides.' }),
  ...grantTerms,
  categories: Type.Optional(Type.Array(Type.String(), { description: 'Only products of these categories, unless they are on a product list.' })),
  createdAt: Moment('When it was made.'),
  revokedAt: Type.Optional(Moment('When it was revoked.'))
}, { $id: 'Grant', description: 'A decision who may see what.' })

const ProductSummary = Type.Object({
  productId: Type.String({ format: 'uuid', description: 'The product.' }),
  manufacturerName: Type.String({ description: 'Its manufacturer.' }),
  manufacturerPartNumber: Type.String({ description: 'Its part number.' }),
  category: Type.String({ description: 'Its category.' })
}, { $id: 'ProductSummary', description: 'Enough to know a product by.' })

const GrantPreview = Type.Object({
  products: Type.Integer({ description: 'How many products would become visible to somebody who does not see them now.' }),
  isExact: Type.Boolean({ description: 'False when a category or list has more products than are counted.' }),
  audiences: Type.Array(Type.Object({
    category: Type.Optional(Type.String({ description: 'The category, for products that are on no list.' })),
    productList: Type.Optional(Type.String({ description: 'The list that they are on.' })),
    products: Type.Integer({ description: 'How many.' })
  }), { description: 'Which products they are.' }),
  organizations: Type.Array(Type.Object({
    id: Type.String({ description: 'Organisation id.' }),
    name: Type.String({ description: 'Its name.' }),
    products: Type.Integer({ description: 'How many products more it would see.' })
  }), { description: 'Everybody that the grant names, also those who would see nothing new.' }),
  items: Type.Array(ref('ProductSummary'), { description: 'The first of the products.' })
}, { $id: 'GrantPreview', description: 'What a grant would do.' })

export const ACCESS_SCHEMAS: readonly object[] = [
  AudiencePolicy, AudiencePolicyView, GroupContent, Group, pageSchema('GroupPage', 'Group', 'One page of groups.'),
  ProductListContent, ProductList, pageSchema('ProductListPage', 'ProductList', 'One page of product lists.'),
  ProductListChange, ProductListChangeAnswer, ProductListMember, pageSchema('ProductListMemberPage', 'ProductListMember', 'One page of the products on a list.'),
  GrantTerms, Grant, pageSchema('GrantPage', 'Grant', 'One page of grants.'), ProductSummary, GrantPreview
]

/** Bodies as they arrive. */
export interface GrantBody {
  organizations?: string[]
  groups?: string[]
  markets?: string[]
  categories?: string[]
  productLists?: string[]
  validFrom?: string
  validTo?: string
}
export interface AudiencePolicyBody { default: AudienceSetting, categories: Record<string, AudienceSetting> }
export interface ProductListBody { name: string, audience?: AudienceSetting }
