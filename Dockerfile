# The exchange against a MongoDB of its own: set MONGODB_URI. The embedded engine is left out, because it is for trials and tests and
# has its own licence (see NOTICE).

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY tsconfig.json ./
COPY src ./src
RUN npm run build

FROM node:24-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:24-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY package.json LICENSE NOTICE ./
COPY schemas ./schemas
COPY openapi ./openapi
COPY seed ./seed
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Every thread would else keep memory of its own for what others could use.
ENV MALLOC_ARENA_MAX=2
# More heap would only let garbage wait longer; nothing here needs it.
CMD ["node", "--enable-source-maps", "--max-old-space-size=1024", "--initial-old-space-size=88", "--expose-gc", "dist/src/server.js"]
