# One image for the API, the worker, the desk, the namespace's setup and the simulator: the command says which.
# glibc, because the Temporal SDK has no build for musl.
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS base
WORKDIR /app

# No package runs code of its own while it is installed.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
COPY clients/typescript/package.json clients/typescript/
RUN npm ci --ignore-scripts

FROM dependencies AS build
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/packages.ts scripts/run.mjs scripts/sbom.ts scripts/
COPY clients/typescript clients/typescript
COPY src src
# The development stack stays behind; what the image has of packages is listed in dist/sbom.cdx.json.
RUN npm run build && npm run sbom && rm -r dist/dev && chmod +x dist/ops/temporal-orders.js

# The SDK brings its native part for five platforms: only that of the image stays.
FROM dependencies AS production
RUN npm prune --omit=dev --ignore-scripts && \
    find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-*-linux-gnu" -exec rm -r {} +

FROM base
# A worker that reaches Temporal by TLS asks the system whom to trust, and this one knows nobody: those whom Node.js trusts.
RUN node -e "fs.writeFileSync('ca-certificates.crt', tls.rootCertificates.join('\n'))"
ENV NODE_ENV=production \
    SSL_CERT_FILE=/app/ca-certificates.crt \
    HEALTH_URL=http://127.0.0.1:3001/readyz
# A new volume there belongs to the simulator.
RUN install -d -m 0700 -o node -g node /var/lib/simulator
COPY package.json ./
COPY --from=production /app/node_modules node_modules
# What the go-live check calls the API with.
COPY clients/typescript/package.json clients/typescript/
COPY --from=build /app/clients/typescript/dist clients/typescript/dist
COPY --from=build /app/dist dist
# Operators' commands.
RUN ln -s /app/dist/ops/temporal-orders.js /usr/local/bin/temporal-orders
USER node
EXPOSE 3000 3001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--disable-sigusr1", "dist/processes/confined.js", "api"]
