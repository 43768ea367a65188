/* SPDX-License-Identifier: MIT
 *
 * A security key without hardware, loaded by OpenSSH (SecurityKeyProvider, PROTOCOL.u2f): ed25519
 * keys whose handle holds the secret half, and which count as touched at once. */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    api_version = 0x000a0000,
    ed25519 = 1,
    failed = -1,
    unsupported = -2,
    key_bytes = 32,
    signature_bytes = 64,
    signed_bytes = 2 * SHA256_DIGEST_LENGTH + 5
};

struct sk_option;
struct sk_resident_key;
struct sk_enroll_response {
    uint8_t flags;
    uint8_t* public_key;
    size_t public_key_len;
    uint8_t* key_handle;
    size_t key_handle_len;
    uint8_t* signature;
    size_t signature_len;
    uint8_t* attestation_cert;
    size_t attestation_cert_len;
    uint8_t* authdata;
    size_t authdata_len;
};
struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t* sig_r;
    size_t sig_r_len;
    uint8_t* sig_s;
    size_t sig_s_len;
};

uint32_t sk_api_version(void) {
    return api_version;
}

static void drop(struct sk_enroll_response* response) {
    if (response == NULL) return;
    free(response->public_key);
    free(response->key_handle);
    free(response->signature);
    free(response);
}

int sk_enroll(uint32_t algorithm, const uint8_t* challenge, size_t challenge_len,
              const char* application, uint8_t flags, const char* pin, struct sk_option** options,
              struct sk_enroll_response** result) {
    struct sk_enroll_response* response;
    EVP_PKEY* key;
    size_t length = key_bytes;
    int is_made;
    (void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
    if (algorithm != ed25519) return unsupported;
    key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    response = calloc(1, sizeof *response);
    is_made = key != NULL && response != NULL;
    if (is_made) {
        response->flags = flags;
        response->public_key = malloc(key_bytes);
        response->public_key_len = key_bytes;
        response->key_handle = malloc(key_bytes);
        response->key_handle_len = key_bytes;
        /* Nobody looks at the attestation. */
        response->signature = calloc(1, signature_bytes);
        response->signature_len = signature_bytes;
        is_made = response->public_key != NULL && response->key_handle != NULL &&
                  response->signature != NULL &&
                  EVP_PKEY_get_raw_public_key(key, response->public_key, &length) == 1 &&
                  EVP_PKEY_get_raw_private_key(key, response->key_handle, &length) == 1;
    }
    EVP_PKEY_free(key);
    if (!is_made) {
        drop(response);
        return failed;
    }
    *result = response;
    return 0;
}

int sk_sign(uint32_t algorithm, const uint8_t* data, size_t data_len, const char* application,
            const uint8_t* key_handle, size_t key_handle_len, uint8_t flags, const char* pin,
            struct sk_option** options, struct sk_sign_response** result) {
    /* What a key signs: hash of the application, flags, counter, hash of the data. */
    uint8_t text[signed_bytes] = {0};
    struct sk_sign_response* response;
    EVP_PKEY* key;
    EVP_MD_CTX* context;
    size_t length = signature_bytes;
    int is_made;
    (void)pin, (void)options;
    if (algorithm != ed25519 || key_handle_len != key_bytes) return unsupported;
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key_handle, key_handle_len);
    context = EVP_MD_CTX_new();
    response = calloc(1, sizeof *response);
    is_made = key != NULL && context != NULL && response != NULL;
    if (is_made) {
        response->flags = flags;
        response->counter = 1;
        response->sig_r = malloc(signature_bytes);
        response->sig_r_len = signature_bytes;
        SHA256((const uint8_t*)application, strlen(application), text);
        text[SHA256_DIGEST_LENGTH] = flags;
        text[SHA256_DIGEST_LENGTH + 4] = 1;
        SHA256(data, data_len, text + SHA256_DIGEST_LENGTH + 5);
        is_made = response->sig_r != NULL &&
                  EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                  EVP_DigestSign(context, response->sig_r, &length, text, sizeof text) == 1;
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (!is_made) {
        if (response != NULL) free(response->sig_r);
        free(response);
        return failed;
    }
    *result = response;
    return 0;
}

int sk_load_resident_keys(const char* pin, struct sk_option** options,
                          struct sk_resident_key*** keys, size_t* count) {
    (void)pin, (void)options, (void)keys, (void)count;
    return unsupported;
}
