// SPDX-License-Identifier: MIT
#include "ssh_config/keyword.h"

#include <array>
#include <unordered_map>

namespace remuda::ssh_config {

namespace {

constexpr std::array kYesNo = {Word{"yes", "yes"}, Word{"true", "yes"}, Word{"no", "no"},
                               Word{"false", "no"}};
constexpr std::array kYesNoOnly = {Word{"yes", "yes"}, Word{"no", "no"}};
constexpr std::array kYesNoAsk = {Word{"yes", "true"}, Word{"true", "true"}, Word{"no", "false"},
                                  Word{"false", "false"}, Word{"ask", "ask"}};
constexpr std::array kStrict = {Word{"yes", "true"},
                                Word{"true", "true"},
                                Word{"no", "false"},
                                Word{"false", "false"},
                                Word{"off", "false"},
                                Word{"ask", "ask"},
                                Word{"accept-new", "accept-new"}};
constexpr std::array kFamily = {Word{"any", "any"}, Word{"inet", "inet"}, Word{"inet6", "inet6"}};
constexpr std::array kMaster = {
    Word{"yes", "true"},  Word{"true", "true"}, Word{"no", "false"},       Word{"false", "false"},
    Word{"auto", "auto"}, Word{"ask", "ask"},   Word{"autoask", "autoask"}};
constexpr std::array kTunnel = {
    Word{"yes", "point-to-point"}, Word{"true", "point-to-point"},
    Word{"no", "false"},           Word{"false", "false"},
    Word{"ethernet", "ethernet"},  Word{"point-to-point", "point-to-point"}};
constexpr std::array kTerminal = {Word{"yes", "true"},    Word{"true", "true"},
                                  Word{"no", "false"},    Word{"false", "false"},
                                  Word{"force", "force"}, Word{"auto", "auto"}};
constexpr std::array kSession = {Word{"none", "none"}, Word{"subsystem", "subsystem"},
                                 Word{"default", "default"}};
constexpr std::array kCanonicalize = {Word{"yes", "true"}, Word{"true", "true"},
                                      Word{"no", "false"}, Word{"false", "false"},
                                      Word{"always", "always"}};
constexpr std::array kPublicKey = {Word{"yes", "true"},        Word{"true", "true"},
                                   Word{"no", "false"},        Word{"false", "false"},
                                   Word{"unbound", "unbound"}, Word{"host-bound", "host-bound"}};
constexpr std::array kHash = {Word{"md5", "MD5"}, Word{"sha1", "SHA1"}, Word{"sha256", "SHA256"},
                              Word{"sha384", "SHA384"}, Word{"sha512", "SHA512"}};
constexpr std::array kLogLevel = {Word{"silent", "QUIET"},  Word{"quiet", "QUIET"},
                                  Word{"fatal", "FATAL"},   Word{"error", "ERROR"},
                                  Word{"info", "INFO"},     Word{"verbose", "VERBOSE"},
                                  Word{"debug", "DEBUG"},   Word{"debug1", "DEBUG"},
                                  Word{"debug2", "DEBUG2"}, Word{"debug3", "DEBUG3"}};
constexpr std::array kFacility = {Word{"daemon", ""},   Word{"user", ""},   Word{"auth", ""},
                                  Word{"authpriv", ""}, Word{"local0", ""}, Word{"local1", ""},
                                  Word{"local2", ""},   Word{"local3", ""}, Word{"local4", ""},
                                  Word{"local5", ""},   Word{"local6", ""}, Word{"local7", ""}};

template <const auto& words>
Reading word_of(const Input& input) {
    return read_word(input, words.data(), words.size());
}
constexpr auto kFlag = word_of<kYesNo>;

struct Row {
    std::string_view name;
    Keyword keyword;
};

// The first name of an option is the one that is printed, unless the row says otherwise.
constexpr std::array kRows = {
    Row{"host", {"host", Rule::host, read_anything}},
    Row{"match", {"match", Rule::match, read_anything}},
    Row{"include", {"include", Rule::include, read_include}},

    Row{"hostname", {"hostname", Rule::once, read_string}},
    Row{"user", {"user", Rule::once, read_user}},
    Row{"port", {"port", Rule::once, read_port}},
    Row{"addressfamily", {"addressfamily", Rule::once, word_of<kFamily>}},
    Row{"bindaddress", {"bindaddress", Rule::once, read_string}},
    Row{"bindinterface", {"bindinterface", Rule::once, read_string}},
    Row{"connecttimeout", {"connecttimeout", Rule::once, read_time}},
    Row{"connectionattempts", {"connectionattempts", Rule::once, read_integer}},
    Row{"serveraliveinterval", {"serveraliveinterval", Rule::once, read_time}},
    Row{"serveralivecountmax", {"serveralivecountmax", Rule::once, read_integer}},
    Row{"tcpkeepalive", {"tcpkeepalive", Rule::once, kFlag}},
    Row{"keepalive", {"tcpkeepalive", Rule::once, kFlag}},
    Row{"compression", {"compression", Rule::once, word_of<kYesNoOnly>}},
    Row{"rekeylimit", {"rekeylimit", Rule::rekey_limit, read_rekey_limit}},

    Row{"proxycommand", {"proxycommand", Rule::proxy_command, read_command}},
    Row{"proxyjump", {"proxyjump", Rule::proxy_jump, read_jump}},
    Row{"proxyusefdpass", {"proxyusefdpass", Rule::once, kFlag}},

    Row{"userknownhostsfile", {"userknownhostsfile", Rule::once_joined, read_host_files}},
    Row{"globalknownhostsfile", {"globalknownhostsfile", Rule::once_joined, read_host_files}},
    Row{"hostkeyalias", {"hostkeyalias", Rule::once, read_string}},
    Row{"stricthostkeychecking", {"stricthostkeychecking", Rule::once, word_of<kStrict>}},
    Row{"hashknownhosts", {"hashknownhosts", Rule::once, kFlag}},
    Row{"checkhostip", {"checkhostip", Rule::once, kFlag}},
    Row{"knownhostscommand", {"knownhostscommand", Rule::once, read_command}},
    Row{"revokedhostkeys", {"revokedhostkeys", Rule::once, read_revoked_keys}},
    Row{"updatehostkeys", {"updatehostkeys", Rule::once, word_of<kYesNoAsk>}},
    Row{"verifyhostkeydns", {"verifyhostkeydns", Rule::once, word_of<kYesNoAsk>}},
    Row{"nohostauthenticationforlocalhost",
        {"nohostauthenticationforlocalhost", Rule::once, kFlag}},
    Row{"fingerprinthash", {"fingerprinthash", Rule::once, word_of<kHash>}},
    Row{"visualhostkey", {"visualhostkey", Rule::once, kFlag}},

    Row{"identityfile", {"identityfile", Rule::each_of_its_file, read_string}},
    Row{"identityfile2", {"identityfile", Rule::each_of_its_file, read_string}},
    Row{"certificatefile", {"certificatefile", Rule::each_of_its_file, read_string}},
    Row{"identitiesonly", {"identitiesonly", Rule::once, kFlag}},
    Row{"identityagent", {"identityagent", Rule::once, read_agent}},
    Row{"addkeystoagent", {"addkeystoagent", Rule::once, read_add_keys}},
    Row{"forwardagent", {"forwardagent", Rule::forward_agent, read_forward_agent}},
    Row{"pkcs11provider", {"pkcs11provider", Rule::once, read_string}},
    Row{"smartcarddevice", {"pkcs11provider", Rule::once, read_string}},
    Row{"securitykeyprovider", {"securitykeyprovider", Rule::once, read_string}},
    Row{"preferredauthentications", {"preferredauthentications", Rule::once, read_string}},
    Row{"pubkeyauthentication", {"pubkeyauthentication", Rule::once, word_of<kPublicKey>}},
    Row{"dsaauthentication", {"pubkeyauthentication", Rule::once, word_of<kPublicKey>}},
    Row{"passwordauthentication", {"passwordauthentication", Rule::once, kFlag}},
    Row{"kbdinteractiveauthentication", {"kbdinteractiveauthentication", Rule::once, kFlag}},
    Row{"challengeresponseauthentication", {"kbdinteractiveauthentication", Rule::once, kFlag}},
    Row{"skeyauthentication", {"kbdinteractiveauthentication", Rule::once, kFlag}},
    Row{"tisauthentication", {"kbdinteractiveauthentication", Rule::once, kFlag}},
    Row{"kbdinteractivedevices", {"kbdinteractivedevices", Rule::once, read_string}},
    Row{"hostbasedauthentication", {"hostbasedauthentication", Rule::once, kFlag}},
    Row{"enablesshkeysign", {"enablesshkeysign", Rule::once, kFlag}},
    Row{"numberofpasswordprompts", {"numberofpasswordprompts", Rule::once, read_integer}},
    Row{"batchmode", {"batchmode", Rule::once, kFlag}},
    Row{"gssapiauthentication", {"gssapiauthentication", Rule::once, kFlag}},
    Row{"gssapidelegatecredentials", {"gssapidelegatecredentials", Rule::once, kFlag}},
    Row{"gssapikeyexchange", {"gssapikeyexchange", Rule::of_distributions, kFlag}},
    Row{"gssapitrustdns", {"gssapitrustdns", Rule::of_distributions, kFlag}},
    Row{"gssapiclientidentity", {"gssapiclientidentity", Rule::of_distributions, read_string}},
    Row{"gssapiserveridentity", {"gssapiserveridentity", Rule::of_distributions, read_string}},
    Row{"gssapirenewalforcesrekey", {"gssapirenewalforcesrekey", Rule::of_distributions, kFlag}},
    Row{"gssapikexalgorithms", {"gssapikexalgorithms", Rule::of_distributions, read_string}},

    Row{"ciphers", {"ciphers", Rule::once, read_ciphers}},
    Row{"macs", {"macs", Rule::once, read_macs}},
    Row{"kexalgorithms", {"kexalgorithms", Rule::once, read_key_exchanges}},
    Row{"hostkeyalgorithms", {"hostkeyalgorithms", Rule::once, read_key_types}},
    Row{"pubkeyacceptedalgorithms", {"pubkeyacceptedalgorithms", Rule::once, read_key_types}},
    Row{"pubkeyacceptedkeytypes", {"pubkeyacceptedalgorithms", Rule::once, read_key_types}},
    Row{"hostbasedacceptedalgorithms", {"hostbasedacceptedalgorithms", Rule::once, read_key_types}},
    Row{"hostbasedkeytypes", {"hostbasedacceptedalgorithms", Rule::once, read_key_types}},
    Row{"casignaturealgorithms", {"casignaturealgorithms", Rule::once, read_key_types}},
    Row{"requiredrsasize", {"requiredrsasize", Rule::once, read_integer}},

    Row{"sendenv", {"sendenv", Rule::send_env, read_send_env}},
    Row{"setenv", {"setenv", Rule::once, read_set_env}},
    Row{"requesttty", {"requesttty", Rule::once, word_of<kTerminal>}},
    Row{"remotecommand", {"remotecommand", Rule::once, read_command}},
    Row{"localcommand", {"localcommand", Rule::once, read_command}},
    Row{"permitlocalcommand", {"permitlocalcommand", Rule::once, kFlag}},
    Row{"sessiontype", {"sessiontype", Rule::once, word_of<kSession>}},
    Row{"stdinnull", {"stdinnull", Rule::once, kFlag}},
    Row{"forkafterauthentication", {"forkafterauthentication", Rule::once, kFlag}},
    Row{"enableescapecommandline", {"enableescapecommandline", Rule::once, kFlag}},
    Row{"controlmaster", {"controlmaster", Rule::once, word_of<kMaster>}},
    Row{"controlpath", {"controlpath", Rule::once, read_string}},
    Row{"controlpersist", {"controlpersist", Rule::once, read_control_persist}},
    Row{"loglevel", {"loglevel", Rule::once, word_of<kLogLevel>}},

    Row{"localforward", {"localforward", Rule::each, read_local_forward}},
    Row{"remoteforward", {"remoteforward", Rule::each, read_remote_forward}},
    Row{"dynamicforward", {"dynamicforward", Rule::each, read_dynamic_forward}},
    Row{"permitremoteopen", {"permitremoteopen", Rule::once_joined, read_permitted_opens}},
    Row{"clearallforwardings", {"clearallforwardings", Rule::once, kFlag}},
    Row{"exitonforwardfailure", {"exitonforwardfailure", Rule::once, kFlag}},
    Row{"gatewayports", {"gatewayports", Rule::once, kFlag}},
    Row{"forwardx11", {"forwardx11", Rule::once, kFlag}},
    Row{"forwardx11trusted", {"forwardx11trusted", Rule::once, kFlag}},
    Row{"forwardx11timeout", {"forwardx11timeout", Rule::once, read_time}},
    Row{"xauthlocation", {"xauthlocation", Rule::once, read_string}},
    Row{"tunnel", {"tunnel", Rule::once, word_of<kTunnel>}},
    Row{"streamlocalbindunlink", {"streamlocalbindunlink", Rule::once, kFlag}},

    Row{"canonicalizehostname", {"canonicalizehostname", Rule::once, word_of<kCanonicalize>}},
    Row{"canonicalizepermittedcnames", {"canonicalizepermittedcnames", Rule::once, read_cnames}},
    Row{"canonicalizefallbacklocal", {"canonicalizefallbacklocal", Rule::once, kFlag}},
    Row{"canonicalizemaxdots", {"canonicalizemaxdots", Rule::once, read_integer}},
    Row{"canonicaldomains", {"canonicaldomains", Rule::checked, read_domains}},
    Row{"ignoreunknown", {"ignoreunknown", Rule::once, read_string}},

    Row{"escapechar", {"escapechar", Rule::checked, read_escape_char}},
    Row{"tunneldevice", {"tunneldevice", Rule::checked, read_tunnel_device}},
    Row{"streamlocalbindmask", {"streamlocalbindmask", Rule::checked, read_bind_mask}},
    Row{"ipqos", {"ipqos", Rule::checked, read_quality}},
    Row{"logverbose", {"logverbose", Rule::checked, read_words_or_none}},
    Row{"syslogfacility", {"syslogfacility", Rule::checked, word_of<kFacility>}},

    // Known and without effect.
    Row{"protocol", {"protocol", Rule::checked, read_anything}},
    Row{"cipher", {"cipher", Rule::checked, read_anything}},
    Row{"fallbacktorsh", {"fallbacktorsh", Rule::checked, read_anything}},
    Row{"globalknownhostsfile2", {"globalknownhostsfile2", Rule::checked, read_anything}},
    Row{"rhostsauthentication", {"rhostsauthentication", Rule::checked, read_anything}},
    Row{"userknownhostsfile2", {"userknownhostsfile2", Rule::checked, read_anything}},
    Row{"useroaming", {"useroaming", Rule::checked, read_anything}},
    Row{"usersh", {"usersh", Rule::checked, read_anything}},
    Row{"useprivilegedport", {"useprivilegedport", Rule::checked, read_anything}},
    Row{"afstokenpassing", {"afstokenpassing", Rule::checked, read_anything}},
    Row{"kerberosauthentication", {"kerberosauthentication", Rule::checked, read_anything}},
    Row{"kerberostgtpassing", {"kerberostgtpassing", Rule::checked, read_anything}},
    Row{"rsaauthentication", {"rsaauthentication", Rule::checked, read_anything}},
    Row{"rhostsrsaauthentication", {"rhostsrsaauthentication", Rule::checked, read_anything}},
    Row{"compressionlevel", {"compressionlevel", Rule::checked, read_anything}},

    Row{"refuseconnection", {"refuseconnection", Rule::newer, read_anything}},
    Row{"tag", {"tag", Rule::newer, read_anything}},
};
static_assert(kRows.size() <= kMostSlots);

std::unordered_map<std::string_view, Keyword> make_table() {
    std::unordered_map<std::string_view, Keyword> table;
    std::unordered_map<std::string_view, std::size_t> slots;
    for (const Row& row : kRows) {
        Keyword keyword = row.keyword;
        keyword.slot = slots.emplace(keyword.printed, slots.size()).first->second;
        table.emplace(row.name, keyword);
    }
    return table;
}

}  // namespace

const Keyword* find_keyword(std::string_view name) {
    static const std::unordered_map<std::string_view, Keyword> table = make_table();
    const auto found = table.find(name);
    return found == table.end() ? nullptr : &found->second;
}

}  // namespace remuda::ssh_config
