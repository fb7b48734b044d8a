/** The Koa application: middleware in order, then the routes. Listens on nothing and connects to nothing. */
import Koa from 'koa';
import { createAuthenticate } from './authentication.ts';
import type { ApiDependencies } from './dependencies.ts';
import { catalogueRoutes } from './github/catalogue-routes.ts';
import { gitHubDeliveryRoutes } from './github/delivery-routes.ts';
import { gitHubEventRoutes } from './github/event-routes.ts';
import { gitHubHookActRoutes } from './github/hook-act-routes.ts';
import { gitHubHookConfigRoutes } from './github/hook-config-routes.ts';
import { gitHubHookRoutes } from './github/hook-routes.ts';
import { hubRoutes } from './github/hub-routes.ts';
import { errors } from './middleware/errors.ts';
import { notFound } from './middleware/not-found.ts';
import { replyHeaders } from './middleware/reply-headers.ts';
import { requestId } from './middleware/request-id.ts';
import { mountRoutes } from './mount.ts';
import type { AnyRoute } from './route.ts';
import { deliveryControlRoutes } from './routes/delivery-control.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { documentationRoutes } from './routes/documentation.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { webhookHistoryRoutes } from './routes/webhook-history.ts';
import { replayRoutes } from './routes/replays.ts';
import { webhookPauseRoutes } from './routes/webhook-pause.ts';
import { webhookMessageRoutes } from './routes/webhook-messages.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** Every route of the API, in the order of the document. */
export function allRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  const routes = [
    ...webhookRoutes(dependencies),
    ...webhookHistoryRoutes(dependencies),
    ...webhookPauseRoutes(dependencies),
    ...replayRoutes(dependencies),
    ...webhookMessageRoutes(dependencies),
    ...deliveryRoutes(dependencies),
    ...deliveryControlRoutes(dependencies),
    ...eventRoutes(dependencies),
    ...repositoryRoutes(dependencies),
    ...tokenRoutes(dependencies),
    ...catalogueRoutes(),
    ...gitHubHookRoutes(dependencies),
    ...gitHubHookConfigRoutes(dependencies),
    ...gitHubHookActRoutes(dependencies),
    ...gitHubDeliveryRoutes(dependencies),
    ...gitHubEventRoutes(dependencies),
    ...hubRoutes(dependencies),
    ...healthRoutes(dependencies),
  ];
  return [...routes, ...documentationRoutes(routes)];
}

/** Makes the application. */
export function createApp(dependencies: ApiDependencies): Koa {
  const app = new Koa();
  const router = mountRoutes(
    allRoutes(dependencies),
    createAuthenticate(dependencies.database.pool, dependencies.checkJwt),
    dependencies.publicUrl,
  );
  app.use(requestId);
  app.use(replyHeaders);
  app.use(errors(dependencies.log));
  app.use(router.routes());
  app.use(notFound(router));
  return app;
}
