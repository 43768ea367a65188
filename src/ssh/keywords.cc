// SPDX-License-Identifier: MIT
#include "ssh/keywords.h"

#include <algorithm>
#include <array>

namespace remuda::ssh {

namespace {

struct Keyword {
    std::string_view name;
    Treatment treatment;
    /// A further value, beside those that switch it off, with which it asks for nothing.
    std::string_view idle;

    constexpr Keyword(std::string_view of, Treatment treated, std::string_view with = {})
        : name(of), treatment(treated), idle(with) {}
};

constexpr auto kHonoured = Treatment::honoured;
constexpr auto kPassedOver = Treatment::passed_over;
constexpr auto kNeedsSsh = Treatment::needs_ssh;

// In the order of the alphabet, of OpenSSH 9.2 to 10 and of Debian's patches.
constexpr auto kKeywords = std::to_array<Keyword>({
    {"AddKeysToAgent", kPassedOver},
    {"AddressFamily", kHonoured},
    {"BatchMode", kHonoured},
    {"BindAddress", kHonoured},
    {"BindInterface", kNeedsSsh},
    {"CanonicalDomains", kPassedOver},
    {"CanonicalizeFallbackLocal", kPassedOver},
    {"CanonicalizeHostname", kPassedOver},
    {"CanonicalizeMaxDots", kPassedOver},
    {"CanonicalizePermittedCNAMEs", kPassedOver},
    {"CASignatureAlgorithms", kPassedOver},
    {"CertificateFile", kHonoured},
    {"ChallengeResponseAuthentication", kHonoured},
    {"ChannelTimeout", kNeedsSsh},
    {"CheckHostIP", kNeedsSsh},
    {"Ciphers", kHonoured},
    {"ClearAllForwardings", kPassedOver},
    {"Compression", kNeedsSsh},
    {"ConnectionAttempts", kPassedOver},
    {"ConnectTimeout", kHonoured},
    {"ControlMaster", kPassedOver},
    {"ControlPath", kPassedOver},
    {"ControlPersist", kPassedOver},
    {"DynamicForward", kPassedOver},
    {"EnableEscapeCommandline", kPassedOver},
    {"EnableSSHKeysign", kPassedOver},
    {"EscapeChar", kPassedOver},
    {"ExitOnForwardFailure", kPassedOver},
    {"FingerprintHash", kPassedOver},
    {"ForkAfterAuthentication", kPassedOver},
    {"ForwardAgent", kNeedsSsh},
    {"ForwardX11", kPassedOver},
    {"ForwardX11Timeout", kPassedOver},
    {"ForwardX11Trusted", kPassedOver},
    {"GatewayPorts", kPassedOver},
    {"GlobalKnownHostsFile", kHonoured},
    // Needs ssh where there is something to authenticate with.
    {"GSSAPIAuthentication", kHonoured},
    {"GSSAPIClientIdentity", kPassedOver},
    {"GSSAPIDelegateCredentials", kPassedOver},
    {"GSSAPIKexAlgorithms", kPassedOver},
    {"GSSAPIKeyExchange", kNeedsSsh},
    {"GSSAPIRenewalForcesRekey", kPassedOver},
    {"GSSAPIServerIdentity", kPassedOver},
    {"GSSAPITrustDns", kPassedOver},
    {"HashKnownHosts", kHonoured},
    // `ssh -G` tells the name that it was asked for.
    {"Host", kPassedOver},
    {"HostbasedAcceptedAlgorithms", kPassedOver},
    {"HostbasedAuthentication", kNeedsSsh},
    {"HostKeyAlgorithms", kHonoured},
    {"HostKeyAlias", kHonoured},
    {"HostName", kHonoured},
    {"IdentitiesOnly", kHonoured},
    {"IdentityAgent", kHonoured},
    {"IdentityFile", kHonoured},
    {"IgnoreUnknown", kPassedOver},
    {"Include", kPassedOver},
    {"IPQoS", kPassedOver},
    {"KbdInteractiveAuthentication", kHonoured},
    {"KbdInteractiveDevices", kPassedOver},
    {"KexAlgorithms", kHonoured},
    {"KnownHostsCommand", kNeedsSsh},
    // Runs only where PermitLocalCommand says so.
    {"LocalCommand", kPassedOver},
    {"LocalForward", kPassedOver},
    {"LogLevel", kPassedOver},
    {"LogVerbose", kPassedOver},
    {"MACs", kHonoured},
    {"Match", kPassedOver},
    // To check is the safe side.
    {"NoHostAuthenticationForLocalhost", kPassedOver},
    {"NumberOfPasswordPrompts", kPassedOver},
    {"ObscureKeystrokeTiming", kPassedOver},
    {"PasswordAuthentication", kHonoured},
    {"PermitLocalCommand", kNeedsSsh},
    {"PermitRemoteOpen", kPassedOver},
    {"PKCS11Provider", kNeedsSsh},
    {"Port", kHonoured},
    {"PreferredAuthentications", kHonoured},
    {"ProxyCommand", kHonoured},
    {"ProxyJump", kHonoured},
    {"ProxyUseFdpass", kNeedsSsh},
    {"PubkeyAcceptedAlgorithms", kHonoured},
    {"PubkeyAuthentication", kHonoured},
    {"RefuseConnection", kHonoured},
    {"RekeyLimit", kPassedOver},
    // The commands of remuda stand in its place, as those of scp and sftp do.
    {"RemoteCommand", kPassedOver},
    {"RemoteForward", kHonoured},
    {"RequestTTY", kPassedOver},
    {"RequiredRSASize", kNeedsSsh, "1024"},
    {"RevokedHostKeys", kNeedsSsh},
    {"SecurityKeyProvider", kNeedsSsh, "internal"},
    {"SendEnv", kHonoured},
    {"ServerAliveCountMax", kHonoured},
    {"ServerAliveInterval", kHonoured},
    {"SessionType", kPassedOver},
    {"SetEnv", kHonoured},
    {"StdinNull", kPassedOver},
    {"StreamLocalBindMask", kPassedOver},
    {"StreamLocalBindUnlink", kPassedOver},
    {"StrictHostKeyChecking", kHonoured},
    {"SyslogFacility", kPassedOver},
    {"Tag", kPassedOver},
    {"TCPKeepAlive", kPassedOver},
    {"Tunnel", kNeedsSsh},
    {"TunnelDevice", kPassedOver},
    {"UpdateHostKeys", kPassedOver},
    {"User", kHonoured},
    {"UserKnownHostsFile", kHonoured},
    {"VerifyHostKeyDNS", kNeedsSsh},
    {"VersionAddendum", kPassedOver},
    {"VisualHostKey", kPassedOver},
    {"WarnWeakCrypto", kPassedOver},
    {"XAuthLocation", kPassedOver},
});

char small(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_word(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, small, small);
}

const Keyword* find(std::string_view name) {
    const auto* const it = std::ranges::find_if(
        kKeywords, [&](const Keyword& keyword) { return is_same_word(keyword.name, name); });
    return it == kKeywords.end() ? nullptr : &*it;
}

}  // namespace

std::optional<Treatment> treatment_of(std::string_view keyword) {
    const Keyword* const found = find(keyword);
    if (found == nullptr) return std::nullopt;
    return found->treatment;
}

bool needs_ssh(const ssh_config::Option& option) {
    const Keyword* const found = find(option.keyword);
    if (found == nullptr) return true;
    if (found->treatment != Treatment::needs_ssh) return false;
    return !is_switched_off(option.value) && option.value != found->idle;
}

bool is_switched_off(std::string_view value) {
    return value == "no" || value == "none" || value == "false" || value == "off";
}

std::string shown_keyword(std::string_view keyword) {
    const Keyword* const found = find(keyword);
    return std::string(found == nullptr ? keyword : found->name);
}

}  // namespace remuda::ssh
