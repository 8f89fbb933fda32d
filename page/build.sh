#!/usr/bin/env sh
# Builds the page into dist/; Maven runs it. Does nothing when nothing changed since.
set -eu
if [ -e dist/index.html ] && [ -z "$(find src index.html package.json package-lock.json tsconfig.json vite.config.ts -newer dist/index.html)" ]; then
  exit 0
fi
npm ci --no-progress --loglevel=error
npm run --silent build
