/** Who sees the products of a vendor: its policy, groups of organisations, and grants. */
import { Type } from 'typebox'
import type { GrantTerms, OrganizationGroup } from '../../domain/access-policy.js'
import type { GrantView } from '../../services/access/access-administration.js'
import type { AudiencePolicyBody, GrantBody } from '../access-components.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, HEADERS, problems, ref } from '../description.js'
import { sendPage } from '../paging.js'
import { pageParameters } from '../parameters.js'
import { markPrivate } from '../product-answers.js'

const PageQuery = Type.Object(pageParameters, { additionalProperties: false })
const PreviewQuery = Type.Object({ limit: pageParameters.limit }, { additionalProperties: false })
const GroupParams = Type.Object({ groupId: Type.String({ maxLength: 64, description: 'The group.' }) }, { additionalProperties: false })
const GrantParams = Type.Object({ grantId: Type.String({ maxLength: 64, description: 'The grant.' }) }, { additionalProperties: false })

export function grantRoutes ({ access }: HttpServices) {
  return async (app: App): Promise<void> => {
    app.get('/v1/audiences', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'getAudiencePolicy',
        summary: 'Tell who sees your products, apart from grants.',
        description: 'Until you decide otherwise every member of the exchange sees all of your products.',
        tags: ['Access'],
        response: { 200: answer('Your policy.', ref('AudiencePolicyView')), ...problems('role-not-allowed') }
      }
    }, async (request, reply) => {
      const { default: audience, categories } = await access.policy(request.caller)
      return await markPrivate(reply).send({ default: audience, categories })
    })

    app.put('/v1/audiences', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'putAudiencePolicy',
        summary: 'Decide who sees your products, apart from grants.',
        description: 'The most specific setting decides: that of a product list, else that of the category, else the default. Grants add to it. It takes effect at once in the process that answers, and within a second everywhere.',
        tags: ['Access'],
        body: ref<AudiencePolicyBody>('AudiencePolicy'),
        response: { 200: answer('Your policy.', ref('AudiencePolicyView')), ...problems('validation-failed', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const { default: audience, categories } = await access.putPolicy(request.caller, request.body)
      return await markPrivate(reply).send({ default: audience, categories })
    })

    app.get('/v1/groups', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'listGroups',
        summary: 'List your groups of organisations.',
        tags: ['Access'],
        querystring: PageQuery,
        response: { 200: answer('One page of groups.', ref('GroupPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const page = await access.listGroups(request.caller, request.query)
      return sendPage(request, reply, { ...page, items: page.items.map(groupBody) })
    })

    app.post('/v1/groups', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'createGroup',
        summary: 'Make a group of organisations to grant to.',
        tags: ['Access'],
        body: ref<{ name: string, members: string[] }>('GroupContent'),
        response: { 201: answer('The group.', ref('Group'), { headers: { Location: HEADERS.MadeLocation } }), ...problems('validation-failed', 'limit-reached', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const made = groupBody(await access.createGroup(request.caller, request.body))
      return await markPrivate(reply).code(201).header('location', `/v1/groups/${made.groupId}`).send(made)
    })

    app.put('/v1/groups/:groupId', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'replaceGroup',
        summary: 'Rename a group, or change its members.',
        description: 'Who joins sees what the group was granted, who leaves no longer does; followers of the feed are told.',
        tags: ['Access'],
        params: GroupParams,
        body: ref<{ name: string, members: string[] }>('GroupContent'),
        response: { 200: answer('The group.', ref('Group')), ...problems('not-found', 'validation-failed', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(groupBody(await access.replaceGroup(request.caller, request.params.groupId, request.body)))
    })

    app.delete('/v1/groups/:groupId', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'deleteGroup',
        summary: 'Remove a group.',
        description: 'Its members no longer see what only the group was granted. Grants that name it stay as they are, for whomever else they name; one that names nobody else has the state `void`.',
        tags: ['Access'],
        params: GroupParams,
        response: { 200: answer('The group that is gone.', ref('Group')), ...problems('not-found', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(groupBody(await access.removeGroup(request.caller, request.params.groupId)))
    })

    app.get('/v1/grants', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'listGrants',
        summary: 'List your grants, the revoked ones too.',
        tags: ['Access'],
        querystring: PageQuery,
        response: { 200: answer('One page of grants.', ref('GrantPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const page = await access.listGrants(request.caller, request.query)
      return sendPage(request, reply, { ...page, items: page.items.map(grantBody) })
    })

    app.post('/v1/grants', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'createGrant',
        summary: 'Let organisations see products that are closed to others.',
        tags: ['Access'],
        body: ref<GrantBody>('GrantTerms'),
        response: { 201: answer('The grant.', ref('Grant'), { headers: { Location: HEADERS.MadeLocation } }), ...problems('validation-failed', 'limit-reached', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const made = grantBody(await access.createGrant(request.caller, termsOf(request.body)))
      return await markPrivate(reply).code(201).header('location', `/v1/grants/${made.grantId}`).send(made)
    })

    app.post('/v1/grants/preview', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'previewGrant',
        summary: 'See what a grant would make visible, and to whom. Stores nothing.',
        tags: ['Access'],
        querystring: PreviewQuery,
        body: ref<GrantBody>('GrantTerms'),
        response: { 200: answer('What the grant would do.', ref('GrantPreview')), ...problems('validation-failed', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(await access.preview(request.caller, termsOf(request.body), request.query.limit))
    })

    app.get('/v1/grants/:grantId', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'getGrant',
        summary: 'Read one grant.',
        tags: ['Access'],
        params: GrantParams,
        response: { 200: answer('The grant.', ref('Grant')), ...problems('not-found', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(grantBody(await access.grant(request.caller, request.params.grantId)))
    })

    app.delete('/v1/grants/:grantId', {
      config: { policy: 'grants:manage' },
      schema: {
        operationId: 'revokeGrant',
        summary: 'Revoke a grant for good.',
        description: 'What it made visible is hidden again: at once in the process that answers, within a second everywhere.',
        tags: ['Access'],
        params: GrantParams,
        response: { 200: answer('The revoked grant.', ref('Grant')), ...problems('not-found', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(grantBody(await access.revokeGrant(request.caller, request.params.grantId)))
    })
  }
}

function termsOf ({ organizations = [], groups = [], validFrom, validTo, ...narrowings }: GrantBody): GrantTerms {
  return {
    organizations,
    groups,
    ...narrowings,
    ...(validFrom !== undefined && { validFrom: new Date(validFrom) }),
    ...(validTo !== undefined && { validTo: new Date(validTo) })
  }
}

function grantBody ({ id, vendor, state, ...rest }: GrantView) {
  return { grantId: id, state, ...rest }
}

function groupBody ({ id, name, members, createdAt }: OrganizationGroup) {
  return { groupId: id, name, members, createdAt }
}
