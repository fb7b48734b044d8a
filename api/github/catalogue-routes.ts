/** The catalogue of services, which anyone may read. Derived from the declarations. */
import { z } from 'zod';
import { Refusal } from '#domain/refusals.ts';
import { catalogueEntry, findService, services } from '#domain/services/registry.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { catalogueService, gitHubErrors } from './schemas.ts';

const tag = 'Services';

/** The routes. */
export function catalogueRoutes(): readonly AnyRoute[] {
  const list = defineRoute({
    method: 'get',
    path: '/hooks',
    tag,
    summary: 'List the services',
    scopes: 'public',
    replies: { 200: { description: 'Every service, by name', schema: z.array(catalogueService) } },
    handle: () => ({ status: 200, body: services.map(catalogueEntry) }),
  });

  const read = defineRoute({
    method: 'get',
    path: '/hooks/:name',
    tag,
    summary: 'Read a service',
    scopes: 'public',
    params: z.object({ name: z.string().meta({ example: 'irc' }) }),
    replies: { 200: { description: 'The service', schema: catalogueService }, ...gitHubErrors(404) },
    handle: ({ params }) => {
      const service = findService(params.name);
      if (service === undefined) throw new Refusal('not_found', 'Service not found');
      return { status: 200, body: catalogueEntry(service) };
    },
  });

  return [list, read];
}
