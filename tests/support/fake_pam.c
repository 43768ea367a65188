/* SPDX-License-Identifier: MIT
 *
 * Preloaded into sshd (UsePAM yes): whom it lets in is decided by what its environment says, not by
 * the passwords of this machine.
 *
 * REMUDA_TEST_PROMPTS: what is asked for, a prompt a line, each as "<answer>=<prompt>"; behind a
 * "+" the answer may be seen. REMUDA_TEST_TOGETHER: all at once instead of one after the other. */
#include <stdlib.h>
#include <string.h>

enum { success = 0, auth_err = 7, conv_item = 5, hidden = 1, shown = 2, most = 8 };

struct pam_message {
    int style;
    const char* text;
};
struct pam_response {
    char* text;
    int code;
};
struct pam_conv {
    int (*ask)(int, const struct pam_message**, struct pam_response**, void*);
    void* context;
};

int pam_get_item(const void* handle, int item, const void** value);

static char* prompts;
static int together;

/* Servers clear their environment. */
__attribute__((constructor)) static void keep(void) {
    const char* value = getenv("REMUDA_TEST_PROMPTS");
    if (value != NULL) prompts = strdup(value);
    together = getenv("REMUDA_TEST_TOGETHER") != NULL;
}

int pam_authenticate(void* handle, int flags) {
    const struct pam_conv* conversation = NULL;
    struct pam_message messages[most];
    const struct pam_message* pointers[most];
    const char* answers[most];
    int count = 0;
    (void)flags;
    if (prompts == NULL ||
        pam_get_item(handle, conv_item, (const void**)&conversation) != success) {
        return auth_err;
    }
    char* text = strdup(prompts);
    char* rest = text;
    for (char* line; count < most && (line = strsep(&rest, "\n")) != NULL; ++count) {
        const int is_shown = line[0] == '+';
        char* prompt = strchr(line, '=');
        if (prompt == NULL) return auth_err;
        *prompt = '\0';
        answers[count] = line + is_shown;
        messages[count].style = is_shown ? shown : hidden;
        messages[count].text = prompt + 1;
        pointers[count] = &messages[count];
    }
    int wrong = 0;
    for (int i = 0; i < count && !wrong;) {
        const int asked = together ? count : 1;
        struct pam_response* responses = NULL;
        if (conversation->ask(asked, pointers + i, &responses, conversation->context) != success ||
            responses == NULL) {
            return auth_err;
        }
        for (int j = 0; j < asked; ++j) {
            const char* given = responses[j].text;
            if (given == NULL || strcmp(given, answers[i + j]) != 0) wrong = 1;
        }
        i += asked;
    }
    free(text);
    return wrong ? auth_err : success;
}

int pam_acct_mgmt(void* handle, int flags) {
    (void)handle, (void)flags;
    return success;
}
int pam_setcred(void* handle, int flags) {
    return pam_acct_mgmt(handle, flags);
}
int pam_open_session(void* handle, int flags) {
    return pam_acct_mgmt(handle, flags);
}
int pam_close_session(void* handle, int flags) {
    return pam_acct_mgmt(handle, flags);
}
