# The API for production: built with everything, shipped with what it runs on, not run as root.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/stripe-simulator/package.json ./packages/stripe-simulator/
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts ./scripts
COPY cli ./cli
COPY src ./src
RUN node scripts/build.js

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Production uses none of our packages; without them there is no link to a folder that the image does not have.
RUN npm ci --omit=dev --ignore-scripts --workspaces=false

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Migrations first, on every deployment: node dist/migration.js up
CMD ["node", "--enable-source-maps", "dist/main.js"]
