/** How a token is signed: by what kind of key, and over what hash. */
export interface Algorithm {
  readonly family: 'hmac' | 'rsa' | 'pss' | 'ecdsa' | 'eddsa';
  /** As node:crypto names it; null where the key brings its own. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
}

/** The algorithms of tokens that OPA knows (RFC 7518 section 3.1, RFC 8037). */
export const algorithms: Readonly<Record<string, Algorithm>> = {
  HS256: { family: 'hmac', hash: 'sha256' },
  HS384: { family: 'hmac', hash: 'sha384' },
  HS512: { family: 'hmac', hash: 'sha512' },
  RS256: { family: 'rsa', hash: 'sha256' },
  RS384: { family: 'rsa', hash: 'sha384' },
  RS512: { family: 'rsa', hash: 'sha512' },
  PS256: { family: 'pss', hash: 'sha256' },
  PS384: { family: 'pss', hash: 'sha384' },
  PS512: { family: 'pss', hash: 'sha512' },
  ES256: { family: 'ecdsa', hash: 'sha256' },
  ES384: { family: 'ecdsa', hash: 'sha384' },
  ES512: { family: 'ecdsa', hash: 'sha512' },
  EdDSA: { family: 'eddsa', hash: null },
};

/** Names that OPA's library takes in the header of a token too: its own, and one of RFC 9864. */
const aliases: Readonly<Record<string, string>> = {
  Ed25519: 'EdDSA',
  HMAC_WITH_SHA256: 'HS256',
  HMAC_WITH_SHA384: 'HS384',
  HMAC_WITH_SHA512: 'HS512',
  RSA_PKCS1v15_WITH_SHA256: 'RS256',
  RSA_PKCS1v15_WITH_SHA384: 'RS384',
  RSA_PKCS1v15_WITH_SHA512: 'RS512',
  RSA_PSS_WITH_SHA256: 'PS256',
  RSA_PSS_WITH_SHA384: 'PS384',
  RSA_PSS_WITH_SHA512: 'PS512',
  ECDSA_WITH_P256_AND_SHA256: 'ES256',
  ECDSA_WITH_P384_AND_SHA384: 'ES384',
  ECDSA_WITH_P521_AND_SHA512: 'ES512',
};

/** The algorithm that the header of a token names. */
export function headerAlgorithm(name: string): Algorithm | undefined {
  const known = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  return Object.hasOwn(algorithms, known) ? algorithms[known] : undefined;
}

/** Algorithms that a JWK may name beside those of tokens; OPA passes over keys that are for one of them. */
const otherAlgorithms = [
  ...['ES256K', 'Ed25519', 'none', 'dir', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'],
  ...['A128KW', 'A192KW', 'A256KW', 'A128GCMKW', 'A192GCMKW', 'A256GCMKW', 'RSA1_5'],
  ...['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'],
  ...['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW'],
  ...['A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512', 'A128GCM', 'A192GCM', 'A256GCM'],
];

export function isTokenAlgorithm(name: string): boolean {
  return Object.hasOwn(algorithms, name);
}

export function isJwkAlgorithm(name: string): boolean {
  return isTokenAlgorithm(name) || otherAlgorithms.includes(name);
}
