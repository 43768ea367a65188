// SPDX-License-Identifier: MIT
#include "differential/ssh_config_generator.h"

#include <cctype>

namespace remuda::test {

namespace {

using Words = std::vector<std::string_view>;

struct Kind {
    std::string_view keyword;
    Words values;
};

// What each keyword may be given. Values with several arguments are written without quotes.
const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"HostName",
         {"%h.example.net", "Real.Example.COM", "10.1.2.3", "127.1", "::0001", "web9",
          "a%%b.example", "[x]", "fe80::1%lo", "0x7f.1"}},
        {"User", {"alice", "bob", "Carol", "d.e", "domain\\\\f"}},
        {"Port", {"22", "2222", "65535", "ssh", "0022", "+80"}},
        {"IdentityFile",
         {"~/.ssh/id_a", "~/.ssh/id_a", "%d/.ssh/%h_%r", "/keys/with space", "none", "${HOME}/key",
          "id#1"}},
        {"IdentitiesOnly", {"yes", "no", "TRUE", "false"}},
        {"IdentityAgent",
         {"none", "SSH_AUTH_SOCK", "~/agent.%h", "$AGENT_SOCK", "${HOME}/agent", "/run/%u/%i"}},
        {"CertificateFile", {"~/.ssh/a-cert.pub", "/etc/c", "~/.ssh/a-cert.pub"}},
        {"ProxyJump",
         {"jump1", "me@jump2:2200", "a,b@c:1,[::1]:22", "none", "10.0.0.9", "ssh://u@h.example:99",
          "NONE", "ssh://host", "x@y@z"}},
        {"ProxyCommand",
         {"nc %h %p", "none", "ssh -W %h:%p gate # not a comment", "sh -c 'exec nc \"%h\" %p'",
          "  spaced   out  "}},
        {"ProxyUseFdpass", {"yes", "no"}},
        {"UserKnownHostsFile",
         {"~/.ssh/known_hosts", "~/kh1 ~/kh2", "/dev/null", "none", "~/.ssh/kh.%h.%p.%r.%n.%k",
          "${HOME}/kh", "~"}},
        {"GlobalKnownHostsFile", {"/etc/a /etc/b", "none", "/etc/%h"}},
        {"HostKeyAlias", {"Alias.Example", "k-%h"}},
        {"StrictHostKeyChecking", {"yes", "no", "ask", "accept-new", "off", "True"}},
        {"HashKnownHosts", {"yes", "no"}},
        {"CheckHostIP", {"yes", "no"}},
        {"VerifyHostKeyDNS", {"yes", "no", "ask"}},
        {"UpdateHostKeys", {"yes", "no"}},
        {"NoHostAuthenticationForLocalhost", {"yes", "no"}},
        {"KnownHostsCommand", {"/bin/true %H", "none"}},
        {"RevokedHostKeys", {"/etc/revoked", "none"}},
        {"FingerprintHash", {"md5", "SHA256", "sha512"}},
        {"ConnectTimeout", {"5", "1m30", "2h", "none", "1w1d1h1m1s", "0"}},
        {"ConnectionAttempts", {"1", "3"}},
        {"ServerAliveInterval", {"15", "1m", "none", "0"}},
        {"ServerAliveCountMax", {"3", "0", "10"}},
        {"TCPKeepAlive", {"yes", "no"}},
        {"KeepAlive", {"no"}},
        {"BindAddress", {"127.0.0.1", "::1"}},
        {"BindInterface", {"eth0"}},
        {"AddressFamily", {"any", "inet", "INET6"}},
        {"PreferredAuthentications", {"publickey", "publickey,password"}},
        {"PubkeyAuthentication", {"yes", "no", "unbound", "host-bound"}},
        {"PasswordAuthentication", {"yes", "no"}},
        {"KbdInteractiveAuthentication", {"yes", "no"}},
        {"ChallengeResponseAuthentication", {"no"}},
        {"HostbasedAuthentication", {"yes", "no"}},
        {"GSSAPIAuthentication", {"yes", "no"}},
        {"GSSAPIDelegateCredentials", {"yes", "no"}},
        {"BatchMode", {"yes", "no"}},
        {"NumberOfPasswordPrompts", {"0", "2"}},
        {"SendEnv", {"LANG LC_*", "FOO", "-LC_*", "-*", "A B C"}},
        {"SetEnv", {"A=1", "A=1 B=2", "A=1 A=2", "C=x=y"}},
        {"Ciphers",
         {"aes256-ctr", "aes256-gcm@openssh.com,aes128-gcm@openssh.com",
          "aes256-ctr,aes256-ctr,aes128-ctr"}},
        {"MACs", {"hmac-sha2-256", "hmac-sha2-512-etm@openssh.com,hmac-sha2-256"}},
        {"KexAlgorithms", {"curve25519-sha256", "ecdh-sha2-nistp256,curve25519-sha256"}},
        {"HostKeyAlgorithms", {"ssh-ed25519", "rsa-sha2-512,ssh-ed25519,rsa-sha2-256"}},
        {"PubkeyAcceptedAlgorithms", {"ssh-ed25519"}},
        {"PubkeyAcceptedKeyTypes", {"rsa-sha2-256"}},
        {"CASignatureAlgorithms", {"ssh-ed25519"}},
        {"RequiredRSASize", {"2048"}},
        {"ForwardAgent", {"yes", "no", "/run/agent", "${AGENT_SOCK}", "$AGENT_SOCK"}},
        {"AddKeysToAgent", {"yes", "no", "ask", "confirm", "confirm 5m", "1h", "0"}},
        {"PKCS11Provider", {"/usr/lib/x.so", "none"}},
        {"SecurityKeyProvider", {"internal", "/usr/lib/sk.so"}},
        {"Compression", {"yes", "no"}},
        {"RekeyLimit", {"1G", "500M 1h", "default none", "16 30", "2k"}},
        {"ControlMaster", {"auto", "yes", "no", "autoask"}},
        {"ControlPath", {"~/.ssh/cm-%r@%h:%p", "none", "/tmp/%C", "${HOME}/cm"}},
        {"ControlPersist", {"10m", "yes", "no", "0", "600"}},
        {"LocalForward",
         {"8080 localhost:80", "127.0.0.1:9000 h:9001", "*:1 [::1]:2",
          // Towards a socket, ssh -G prints a DynamicForward beside it.
          "0080 [2001:DB8::1]:0443"}},
        {"RemoteForward", {"9000 localhost:80", "1080", "0 a:1"}},
        {"DynamicForward", {"1080", "localhost:1081"}},
        {"PermitRemoteOpen", {"any", "none", "a:1 b:*"}},
        {"ClearAllForwardings", {"no", "no", "no", "yes"}},
        {"ExitOnForwardFailure", {"no"}},
        {"GatewayPorts", {"yes", "no"}},
        {"ForwardX11", {"yes", "no"}},
        {"ForwardX11Trusted", {"yes", "no"}},
        {"ForwardX11Timeout", {"1h"}},
        {"XAuthLocation", {"/usr/bin/xauth2"}},
        {"Tunnel", {"yes", "no", "ethernet", "point-to-point"}},
        {"TunnelDevice", {"any", "1:2", "any:3"}},
        {"StreamLocalBindUnlink", {"yes", "no"}},
        {"StreamLocalBindMask", {"0177", "077"}},
        {"RequestTTY", {"yes", "no", "force", "auto"}},
        {"SessionType", {"default", "none", "subsystem"}},
        {"StdinNull", {"yes", "no"}},
        {"RemoteCommand", {"uptime", "echo %h %r %%", "none"}},
        {"LocalCommand", {"echo \"%h\"", "none"}},
        {"PermitLocalCommand", {"yes", "no"}},
        {"VisualHostKey", {"yes", "no"}},
        {"LogLevel", {"QUIET", "debug", "INFO", "debug3", "Error"}},
        {"SyslogFacility", {"USER", "local3"}},
        {"LogVerbose", {"kex.c:*", "none"}},
        {"EscapeChar", {"none", "^]", "!"}},
        {"IPQoS", {"af21 cs1", "none", "ef"}},
        {"CanonicalizeHostname", {"no"}},
        {"CanonicalizeMaxDots", {"2"}},
        {"CanonicalizeFallbackLocal", {"yes", "no"}},
        {"CanonicalDomains", {"example.com example.net", "none"}},
        {"CanonicalizePermittedCNAMEs", {"none"}},
        {"IgnoreUnknown", {"Fancy*", "fancy1,fancy2"}},
        {"Protocol", {"2", "2,1"}},
        {"UseRoaming", {"no"}},
        {"RSAAuthentication", {"yes"}},
    };
    return all;
}

const Words kFaults = {"Port 0",
                       "Port 65536",
                       "Port -1",
                       "Port seventy",
                       "ConnectTimeout 5x",
                       "ConnectTimeout",
                       "Compression maybe",
                       "Compression true",
                       "User",
                       "User a b",
                       "User \"unclosed",
                       "IdentityFile \"\"",
                       "IdentityFile a b",
                       "ServerAliveCountMax -1",
                       "ServerAliveCountMax 3x",
                       "StrictHostKeyChecking maybe",
                       "SendEnv A=B",
                       "SetEnv A",
                       "AddKeysToAgent yes 5m",
                       "AddKeysToAgent later",
                       "ControlPersist YES",
                       "ConnectionAttempts 0",
                       "EscapeChar ab",
                       "HostName a%x",
                       "ProxyJump @host",
                       "ProxyJump host:0",
                       "ProxyJump a,,b",
                       "ProxyJump host:port:x",
                       "LogLevel loud",
                       "GlobalKnownHostsFile none /etc/x",
                       "UserKnownHostsFile a none",
                       "UserKnownHostsFile ~/%x",
                       "IdentityAgent ${NOT_SET}",
                       "IdentityAgent $not-a-name",
                       "IdentityAgent %x",
                       "Match",
                       "Match all host x",
                       "Match host",
                       "Host \"\"",
                       "TunnelDevice x",
                       "LocalForward 80",
                       "LocalForward 0 a:1",
                       "RekeyLimit 3",
                       "CanonicalDomains -x",
                       "Match host x user y all",
                       "RequiredRSASize x",
                       "FingerprintHash sha3",
                       "RemoteCommand %x",
                       "ControlPath ${NOT_SET}",
                       "VerifyHostKeyDNS perhaps",
                       "AddressFamily inet4",
                       "StreamLocalBindUnlink",
                       "ProxyCommand sh -c 'x",
                       "Include ''",
                       "Include ~/.ssh/inc/loop"};

const Words kOdd = {"Match exec true",
                    "Match exec \"test -e /nothing\" host web1",
                    "Match host nowhere exec false",
                    "Match originalhost web1 exec true",
                    "FancyOption yes",
                    "fancy1 1",
                    "CanonicalizeHostname yes",
                    "KexAlgorithms +diffie-hellman-group14-sha1",
                    "Ciphers -aes*",
                    "MACs ^hmac-sha1",
                    "HostKeyAlgorithms +ssh-rsa,ssh-dss",
                    "KexAlgorithms mlkem768x25519-sha256",
                    "ProxyJump a # b",
                    "ProxyJump none # b",
                    "UserKnownHostsFile ~/kh-%C",
                    "User %u",
                    "Match !final host web1",
                    "Match host \"a b\"",
                    "ObscureKeystrokeTiming no",
                    "CanonicalizePermittedCNAMEs *.a:*.b",
                    "LocalForward \\8080 a:1",
                    "RekeyLimit 1.5G",
                    "Include inc/%h",
                    "GSSAPIKeyExchange no",
                    "Ciphers nonsense",
                    "IPQoS 0x10"};

}  // namespace

std::size_t SshConfigGenerator::below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

std::string_view SshConfigGenerator::one_of(const Words& choice) {
    return choice[below(choice.size())];
}

std::string SshConfigGenerator::name() {
    return std::string(one_of({"web1", "web1", "web2", "db.example.com", "Alpha", "10.0.0.1",
                               "127.1", "::1", "x", "DB.Example.com", "7", "web9"}));
}

SshConfigGenerator::Files SshConfigGenerator::make(bool is_odd, bool is_faulty) {
    is_odd_ = is_odd;
    is_faulty_ = is_faulty;
    Files files;
    files.main = file(4 + below(28), true);
    for (const std::string_view name : {"a.conf", "b.conf", "c.conf", "plain"})
        if (below(3) != 0) files.included.emplace_back(name, file(below(8), name == "plain"));
    files.included.emplace_back("loop", "Include ~/.ssh/inc/loop\n");
    return files;
}

std::string SshConfigGenerator::file(std::size_t lines, bool includes) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) {
        text += line(includes);
        if (i + 1 < lines || below(8) != 0) text += below(20) == 0 ? " \r\n" : "\n";
    }
    return text;
}

std::string SshConfigGenerator::line(bool includes) {
    const std::size_t kind = below(100);
    if (kind < 3)
        return std::string(one_of({"", "   ", "# note", "  # Host *", "\t", "\"", "#\"x"}));
    if (kind < 20) return header();
    if (kind < 26) return match();
    if (kind < 29 && includes)
        return written("Include", one_of({"inc/*.conf", "inc/a.conf inc/b.conf", "inc/nothing",
                                          "~/.ssh/inc/[bc].conf", "inc", "inc/pl?in"}));
    if (kind < 33 && is_odd_) return odd();
    if (kind < 36 && is_faulty_ && below(3) == 0) return faulty();
    return option();
}

std::string SshConfigGenerator::option() {
    // What decides about the way to a host comes most often.
    const std::size_t often = 16;
    const Kind& kind = kinds()[below(below(2) == 0 ? often : kinds().size())];
    return written(kind.keyword, one_of(kind.values));
}

const std::vector<std::string_view>& SshConfigGenerator::faults() {
    return kFaults;
}

std::string SshConfigGenerator::faulty() {
    return std::string(one_of(kFaults));
}
std::string SshConfigGenerator::odd() {
    return std::string(one_of(kOdd));
}

std::string SshConfigGenerator::patterns(std::string_view between) {
    std::string text;
    const std::size_t count = 1 + below(3);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) text += between;
        if (below(5) == 0) text += '!';
        text += one_of({"*", "web*", "web1", "web2", "?eb1", "*.example.com", "10.*", "Alpha",
                        "alpha", "db*", "x", "*b*1*", "??", "nothing", "127.*", "real*", "**.1"});
    }
    return text;
}

std::string SshConfigGenerator::header() {
    std::string text = written("Host", patterns(" "));
    if (below(10) == 0) text += " # web1";
    return text;
}

std::string SshConfigGenerator::match() {
    if (below(5) == 0)
        return std::string(one_of({"Match all", "match !all", "Match host web1 all"}));
    std::string text = "Match";
    const std::size_t count = 1 + below(2);
    for (std::size_t i = 0; i < count; ++i) {
        text += ' ';
        if (below(6) == 0) text += '!';
        const std::size_t kind = below(11);
        if (kind == 10) {
            // "!final" is read differently by versions of ssh.
            if (text.ends_with('!')) text.pop_back();
            text += below(2) == 0 ? "final" : "canonical";
            continue;
        }
        const bool is_user = kind >= 6;
        text += kind < 4 ? "host" : kind < 6 ? "originalhost" : kind < 9 ? "user" : "LocalUser";
        text += one_of({" ", "  ", "="});
        text += is_user ? std::string(one_of({"root", "alice", "!bob,*", "a*", "Carol", "carol"}))
                        : patterns(",");
    }
    if (below(8) == 0) text += "  # host x";
    return text;
}

std::string SshConfigGenerator::written(std::string_view keyword, std::string_view value) {
    std::string name(keyword);
    if (below(4) == 0)
        for (char& c : name)
            c = static_cast<char>(below(2) == 0 ? std::tolower(static_cast<unsigned char>(c))
                                                : std::toupper(static_cast<unsigned char>(c)));
    if (below(40) == 0) name = '"' + name + '"';
    std::string text(one_of({"", "    ", "\t", " "}));
    text += name;
    text += name.ends_with('"') ? " " : one_of({" ", " ", " ", "=", " = ", "\t", "  ", " ="});
    const bool is_raw = keyword.ends_with("Command") || keyword == "ProxyJump";
    const bool is_one_word =
        value.find_first_of(" \"'\\") == std::string_view::npos || keyword == "IdentityFile";
    if (!is_raw && is_one_word && (below(5) == 0 || value.find(' ') != std::string_view::npos)) {
        const std::string_view quote = one_of({"\"", "'"});
        text += quote;
        text += value;
        text += quote;
    } else {
        text += value;
    }
    if (below(12) == 0) text += "  ";
    if (!is_raw && below(15) == 0) text += " # it is so";
    return text;
}

}  // namespace remuda::test
