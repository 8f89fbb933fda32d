/**
 * What every REST call shares: the envelope, the error body and its mappers, the Origin check and CORS, and strict
 * reading of request bodies. Any thread.
 */
@NullMarked
package com.tenantlist.live.web;

import org.jspecify.annotations.NullMarked;
