import { Decoder, Encoder } from 'socket.io-msgpack-parser';

/**
 * For `createLive({ parser })`: packets are MessagePack, which is smaller than JSON. It is that of `socket.io-msgpack-parser`, a peer
 * dependency; the service takes both on one port.
 */
export const parser: { readonly Encoder: unknown; readonly Decoder: unknown } = { Encoder, Decoder };
