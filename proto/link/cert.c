#include "proto/link/cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_S 86400L
#define NAME_MAX_LEN 64u /* of a common name, X.520 */

/* Running out of memory is the only way in which these fail. */
static void need(int ok)
{
    if (ok != 1)
        abort();
}

static void add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension)
        abort();
    need(X509_add_ext(cert, extension, -1));
    X509_EXTENSION_free(extension);
}

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '-' || c == ':'))
            return false;
    }
    return true;
}

static bool is_address(const char *name)
{
    struct in6_addr any;
    return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

static X509 *build(EVP_PKEY *key, const char *name, unsigned days)
{
    X509 *cert = X509_new();
    uint8_t serial[16];
    if (!cert || RAND_bytes(serial, sizeof serial) != 1)
        abort();
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    if (!number || !BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)))
        abort();
    BN_free(number);
    need(X509_set_version(cert, X509_VERSION_3));
    X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(cert), (long)days * DAY_S);
    need(X509_set_pubkey(cert, key));
    X509_NAME *subject = X509_get_subject_name(cert);
    need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                    -1, 0));
    need(X509_set_issuer_name(cert, subject));
    char names[NAME_MAX_LEN + 64];
    snprintf(names, sizeof names, "%s:%s,DNS:localhost,IP:127.0.0.1",
             is_address(name) ? "IP" : "DNS", name);
    add_extension(cert, NID_subject_alt_name, names);
    add_extension(cert, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(cert, NID_key_usage, "critical,digitalSignature");
    add_extension(cert, NID_ext_key_usage, "serverAuth");
    if (X509_sign(cert, key, EVP_sha256()) == 0)
        abort();
    return cert;
}

static FILE *create(const char *path, mode_t mode, struct ts_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file)
        ts_err_set(err, "link.cert", "%s: %s", path, strerror(errno));
    return file;
}

/* Closes, with what was written on the disk. */
static int finish(FILE *file, int written, const char *path, struct ts_err *err)
{
    bool good = written == 1 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int saved = errno;
    if (fclose(file) != 0 || !good) {
        unlink(path);
        return ts_err_set(err, "link.cert", "%s: %s", path, strerror(saved));
    }
    return 0;
}

static int write_both(const char *cert_file, const char *key_file, X509 *cert, EVP_PKEY *key,
                      struct ts_err *err)
{
    FILE *file = create(key_file, 0600, err);
    if (!file)
        return -1;
    int written = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    if (finish(file, written, key_file, err) != 0)
        return -1;
    file = create(cert_file, 0644, err);
    if (!file || finish(file, PEM_write_X509(file, cert), cert_file, err) != 0) {
        unlink(key_file);
        return -1;
    }
    return 0;
}

int ts_cert_make(const char *cert_file, const char *key_file, const char *name, unsigned days,
                 struct ts_err *err)
{
    if (!is_name(name))
        return ts_err_set(err, "link.cert", "not a host name or address");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (!key)
        abort();
    X509 *cert = build(key, name, days);
    int result = write_both(cert_file, key_file, cert, key, err);
    X509_free(cert);
    EVP_PKEY_free(key);
    return result;
}

int ts_cert_fingerprint_file(struct ts_cert_fingerprint *out, const char *cert_file,
                             struct ts_err *err)
{
    FILE *file = fopen(cert_file, "re");
    if (!file)
        return ts_err_set(err, "link.cert", "%s: %s", cert_file, strerror(errno));
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    if (!cert)
        return ts_err_set(err, "link.cert", "%s: no certificate in it", cert_file);
    unsigned len = 0;
    need(X509_digest(cert, EVP_sha256(), out->bytes, &len));
    X509_free(cert);
    return len == TS_CERT_FINGERPRINT_LEN ? 0 : ts_err_set(err, "link.cert", "digest");
}
