/** Organisations: administered by the operator, known to those who grant. */
import { Type } from 'typebox'
import { ROLES, type Role } from '../../domain/access.js'
import type { NewOrganizationBody, OrganizationContentBody } from '../../services/identity/organization-administration.js'
import type { App, HttpServices } from '../app-types.js'
import { answer, HEADERS, problems, ref } from '../description.js'
import { sendPage } from '../paging.js'
import { alternatives, pageParameters } from '../parameters.js'
import { markPrivate } from '../product-answers.js'

const ListQuery = Type.Object({
  ...pageParameters,
  role: alternatives('Only organisations of this role.', { values: ROLES })
}, { additionalProperties: false })

const OrganizationParams = Type.Object({
  organizationId: Type.String({ maxLength: 64, description: 'The organisation.' })
}, { additionalProperties: false })

export function organizationRoutes ({ organizations }: HttpServices) {
  return async (app: App): Promise<void> => {
    app.get('/v1/organizations', {
      config: { policy: 'authenticated' },
      schema: {
        operationId: 'listOrganizations',
        summary: 'List the organisations that you may know of.',
        description: 'Whoever decides who sees what (`grants:manage`) is told the id, name and role of every member, to grant to it. The operator sees everything, others see themselves.',
        tags: ['Identity'],
        querystring: ListQuery,
        response: { 200: answer('One page of organisations.', ref('OrganizationPage'), { headers: { Link: HEADERS.Link } }), ...problems('invalid-cursor') }
      }
    }, async (request, reply) => {
      const { role, ...page } = request.query
      return sendPage(request, reply, await organizations.list(request.caller, { ...page, role: role as Role[] | undefined }))
    })

    app.post('/v1/organizations', {
      config: { policy: 'org:admin' },
      schema: {
        operationId: 'createOrganization',
        summary: 'Make an organisation. For the operator.',
        tags: ['Identity'],
        body: ref<NewOrganizationBody>('NewOrganization'),
        response: { 201: answer('The organisation.', ref('Organization'), { headers: { Location: HEADERS.MadeLocation } }), ...problems('validation-failed', 'identity-conflict', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      const made = await organizations.create(request.caller, request.body)
      return await markPrivate(reply).code(201).header('location', `/v1/organizations/${made.organizationId}`).send(made)
    })

    app.get('/v1/organizations/:organizationId', {
      config: { policy: 'authenticated' },
      schema: {
        operationId: 'getOrganization',
        summary: 'Read one organisation.',
        tags: ['Identity'],
        params: OrganizationParams,
        response: { 200: answer('The organisation.', ref('Organization')), ...problems('not-found') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(await organizations.get(request.caller, request.params.organizationId))
    })

    app.put('/v1/organizations/:organizationId', {
      config: { policy: 'org:admin' },
      schema: {
        operationId: 'replaceOrganization',
        summary: 'Change an organisation, or disable it. For the operator.',
        description: 'When the answer is given the change counts in every process: no credential of a disabled organisation is accepted any more.',
        tags: ['Identity'],
        params: OrganizationParams,
        body: ref<OrganizationContentBody>('OrganizationContent'),
        response: { 200: answer('The organisation.', ref('Organization')), ...problems('not-found', 'validation-failed', 'identity-conflict', 'role-not-allowed') }
      }
    }, async (request, reply) => {
      return await markPrivate(reply).send(await organizations.replace(request.caller, request.params.organizationId, request.body))
    })
  }
}
