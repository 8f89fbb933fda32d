/** Composition: the application, its configuration and its commands. Nothing imports it. */
@NullMarked
package com.tenantlist.live;

import org.jspecify.annotations.NullMarked;
