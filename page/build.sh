#!/usr/bin/env sh
# Builds the client library and the page into their dist/; Maven runs it. Does nothing when nothing changed since.
set -eu
cd ..
if [ -e page/dist/index.html ] \
  && [ -z "$(find package.json package-lock.json client/src client/*.json page/src page/*.* -newer page/dist/index.html -type f)" ]; then
  exit 0
fi
npm ci --no-progress --loglevel=error
npm run --silent build --workspace client
npm run --silent build --workspace page
