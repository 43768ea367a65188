// SPDX-License-Identifier: MIT
#include "remuda/ssh_config/ssh_config.h"
#include "support/temp_dir.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <sys/stat.h>
#include <unistd.h>

namespace remuda::ssh_config {

namespace {

/// A home and a system file of their own.
class Bed {
  public:
    Bed() {
        std::filesystem::create_directory(home_.path(".ssh"));
        environment_.home = home_.path();
        environment_.user = "ann";
        environment_.uid = ::getuid();
        environment_.host_name = "desk";
        environment_.system_config = home_.path("system");
        environment_.variable = [](const std::string& name) -> std::optional<std::string> {
            if (name == "AGENT") return "/run/agent";
            return std::nullopt;
        };
    }

    Bed& put(const std::string& name, const std::string& text, mode_t mode = 0600) {
        const std::string path = home_.path(name);
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
        return *this;
    }
    Bed& user(const std::string& text, mode_t mode = 0600) {
        return put(".ssh/config", text, mode);
    }
    Bed& system(const std::string& text) { return put("system", text); }

    [[nodiscard]] std::string path(const std::string& name) const { return home_.path(name); }
    [[nodiscard]] Config config() const { return Config(environment_); }

    Result<std::variant<Options, Unclear>> resolve(const Request& request) const {
        return config().resolve(request);
    }

    /// "keyword value|keyword value", without hostname, user and port where no file gave them.
    [[nodiscard]] std::string text(const std::string& name = "web1") const {
        const auto found = resolve({.name = name, .user = {}, .port = {}});
        if (!found) return "error: " + found.error().text();
        if (const auto* const unclear = std::get_if<Unclear>(&*found))
            return fmt::format("unclear: line {}: {}", unclear->place.line, unclear->why);
        std::string all;
        for (const Option& option : std::get<Options>(*found).list())
            if (!option.place.file.empty())
                all += (all.empty() ? "" : "|") + option.keyword + " " + option.value;
        return all;
    }

  private:
    test::TempDir home_;
    Environment environment_;
};

}  // namespace

TEST_CASE("without files a host is what it is called") {
    const Bed bed;
    const auto found = bed.resolve({.name = "Web1", .user = {}, .port = {}});
    REQUIRE(found);
    const auto& options = std::get<Options>(*found);
    CHECK(options.list().size() == 3);
    CHECK(options.find("hostname")->value == "web1");
    CHECK(options.find("user")->value == "ann");
    CHECK(options.find("port")->value == "22");
    CHECK(options.find("port")->place.file.empty());
    CHECK(options.find("proxyjump") == nullptr);
}

TEST_CASE("the command line wins over the user's file, and that over the system's") {
    Bed bed;
    bed.user("Port 1\nUser bob\n").system("Port 2\nUser carl\nCompression yes\n");
    const auto found = bed.resolve({.name = "web1", .user = "dora", .port = {}});
    REQUIRE(found);
    const auto& options = std::get<Options>(*found);
    CHECK(options.find("user")->value == "dora");
    CHECK(options.find("port")->value == "1");
    CHECK(options.find("port")->place.file == bed.path(".ssh/config"));
    CHECK(options.find("port")->place.line == 1);
    CHECK(options.find("compression")->place.file == bed.path("system"));
}

TEST_CASE("the first value of a keyword counts, and lists add up") {
    CHECK(Bed()
              .user("Host web*\n Port 1\n IdentityFile a\n SendEnv A B\n"
                    "Host *\n Port 2\n IdentityFile b\n IdentityFile a\n SendEnv -A C\n")
              .text() == "port 1|identityfile a|identityfile b|sendenv B|sendenv C");
    CHECK(Bed().user("SetEnv A=1\nSetEnv B=2\n").text() == "setenv A=1");
    CHECK(Bed().user("UserKnownHostsFile ~/a ~/b\nUserKnownHostsFile c\n").text().ends_with("/b"));
    // The user's and the system's are two lists to ssh.
    CHECK(Bed().user("IdentityFile a\n").system("IdentityFile a\n").text() ==
          "identityfile a|identityfile a");
    CHECK(Bed().user("ConnectTimeout none\nConnectTimeout 5\n").text() == "connecttimeout 5");
}

TEST_CASE("a negated pattern alone never matches, and beats the others") {
    Bed bed;
    bed.user("Host !web2\n Port 1\nHost web* !web1\n Port 2\nHost *\n Port 3\n");
    CHECK(bed.text("web1") == "port 3");
    CHECK(bed.text("web2") == "port 2");
    CHECK(bed.text("db") == "port 3");
    CHECK(Bed().user("Host WEB1\n Port 1\n").text("web1").empty());
}

TEST_CASE("HostName replaces the name, with %h for it") {
    CHECK(Bed().user("HostName %h.Example.net\n").text() == "hostname web1.example.net");
    CHECK(Bed().user("HostName %x\n").text().starts_with("error: unknown token"));
    CHECK(Bed().user("HostName a.b\nMatch host a.*\n Port 1\nMatch host web1\n Port 2\n").text() ==
          "hostname a.b|port 1");
    CHECK(Bed().user("Match host a.*\n Port 1\nMatch all\nHostName a.b\n").text() ==
          "hostname a.b");
}

TEST_CASE("Match sees the user so far") {
    CHECK(
        Bed()
            .user("Match user ann\n Port 1\nMatch all\nUser bob\nMatch user bob\n Compression no\n")
            .text() == "port 1|user bob|compression no");
}

TEST_CASE("Match final reads the files a second time, with the name that was found") {
    CHECK(
        Bed()
            .user(
                "Match final host a.b\n Port 1\nHost a.*\n Compression no\nHost *\n HostName a.b\n")
            .text() == "hostname a.b|port 1|compression no");
    CHECK(Bed().user("Match canonical\n Port 1\n").text().empty());
}

TEST_CASE("the first of ProxyJump and ProxyCommand counts") {
    CHECK(Bed().user("ProxyJump gate\nProxyCommand nc %h\n").text() == "proxyjump gate");
    CHECK(Bed().user("ProxyCommand nc %h  # x\nProxyJump gate\n").text() ==
          "proxycommand nc %h  # x");
    CHECK(Bed().user("ProxyJump none\nProxyJump gate\n").text().empty());
    CHECK(Bed().user("ProxyCommand none\nProxyJump gate\n").text().empty());
    CHECK(Bed().user("ProxyJump none\nProxyCommand nc\n").text().starts_with("unclear: line 2"));
    CHECK(Bed().user("ProxyJump web1\n").text().ends_with("jumphost loop via web1"));
    CHECK(Bed().user("ProxyJump web1:23\n").text() == "proxyjump web1:23");
}

TEST_CASE("what undoes other options leaves them out") {
    CHECK(Bed().user("LocalForward 1 a:1\nTunnel yes\nClearAllForwardings yes\n").text() ==
          "clearallforwardings yes");
    CHECK(Bed().user("ControlPath none\nRemoteCommand NONE\n").text().empty());
    CHECK(Bed().user("GlobalKnownHostsFile none\n").text() == "globalknownhostsfile none");
}

TEST_CASE("tokens are filled in where ssh -G fills them in") {
    Bed bed;
    bed.user(
        "IdentityFile ~/%h\nIdentityAgent ${AGENT}.%n\nUserKnownHostsFile /k/%k-%p\n"
        "HostKeyAlias Alias\nPort 9\nControlPath /c/%C-%r\n");
    CHECK(bed.text() ==
          "identityfile ~/%h|identityagent /run/agent.web1|userknownhostsfile /k/alias-9|"
          "hostkeyalias alias|port 9|controlpath /c/%C-ann");
    CHECK(Bed().user("UserKnownHostsFile /k/%C\n").text() ==
          "unclear: line 1: %C in userknownhostsfile");
    CHECK(Bed().user("ControlPath ${NOT_SET}\n").text().ends_with("NOT_SET is not set"));
}

TEST_CASE("includes are anchored at ~/.ssh, globbed in order, and hold where they stand") {
    Bed bed;
    bed.put(".ssh/b.inc", "Port 2\nCompression no\nHost other\n")
        .put(".ssh/a.inc", "Port 1\n")
        .user("Host web*\n Include *.inc\n User bob\nHost db\n Include a.inc\n Port 3\n");
    CHECK(bed.text("web1") == "port 1|compression no|user bob");
    CHECK(bed.text("db") == "port 1");
    CHECK(bed.text("x").empty());
    CHECK(Bed().user("Include nothing ~/.ssh/no*\nPort 1\n").text() == "port 1");
}

TEST_CASE("an include that cannot be used is refused even where it does not hold") {
    CHECK(Bed()
              .put(".ssh/a", "Port x\n")
              .user("Host other\nInclude a\n")
              .text()
              .find(".ssh/a line 1: Bad port 'x'.") != std::string::npos);
    CHECK(Bed()
              .user("Include config\n")
              .text()
              .ends_with("Too many recursive configuration includes"));
    CHECK(
        Bed().put(".ssh/a", "", 0606).user("Include a\n").text().find("Bad owner or permissions") !=
        std::string::npos);
    CHECK(Bed().system("Include ~/x\n").text().find("bad include path") != std::string::npos);
}

TEST_CASE("a file of the user that others can write is refused") {
    CHECK(Bed().user("Port 1\n", 0602).text().starts_with("error: Bad owner or permissions on /"));
    // Debian's ssh lets a group of one write.
    CHECK(Bed().user("Port 1\n", 0620).text().starts_with("unclear"));
    CHECK(Bed().put("system", "Port 1\n", 0666).text() == "port 1");
}

TEST_CASE("what is no file does not hold us up") {
    Bed bed;
    REQUIRE(::mkfifo(bed.path(".ssh/pipe").c_str(), 0600) == 0);
    CHECK(bed.user("Include pipe\n").text() == "unclear: line 0: a pipe in place of a file");
    std::filesystem::create_directory(bed.path(".ssh/folder"));
    std::filesystem::permissions(bed.path(".ssh/folder"), std::filesystem::perms(0700));
    CHECK(bed.user("Include folder\nPort 1\n").text() == "port 1");
}

TEST_CASE("a fault is told with file and line, wherever it stands") {
    Bed bed;
    bed.user("# one\nHost other\n  Compression perhaps\n");
    CHECK(bed.text() ==
          "error: " + bed.path(".ssh/config") + " line 3: unsupported option \"perhaps\".");
    CHECK(Bed().user("Port\n").text().ends_with("no argument after keyword \"port\""));
    CHECK(Bed().user("Port 1 2\n").text().ends_with("keyword port extra arguments at end of line"));
    CHECK(Bed().user("User 'x\n").text().ends_with("invalid quotes"));
    CHECK(Bed()
              .user("ConnectionAttempts 0\n")
              .text()
              .ends_with("Invalid number of ConnectionAttempts"));
    // A fault is certain, a doubt is not.
    CHECK(Bed().user("Fancy yes\nPort x\n").text().starts_with("error"));
}

TEST_CASE("an unknown keyword is ssh's to judge unless it is ignored") {
    CHECK(Bed().user("Host other\n Fancy yes\n").text() ==
          "unclear: line 2: unknown keyword fancy");
    CHECK(Bed().user("IgnoreUnknown fan*\nFancy yes\nPort 1\n").text() ==
          "ignoreunknown fan*|port 1");
    CHECK(Bed().user("Host other\nIgnoreUnknown fan*\nFancy yes\n").text().starts_with("unclear"));
    CHECK(Bed().user("GSSAPIKeyExchange no\n").text().starts_with("unclear"));
    CHECK(Bed().system("GSSAPIKeyExchange no\n").text() == "gssapikeyexchange no");
}

TEST_CASE("what the reader does not cover is unclear for those hosts that it concerns") {
    Bed bed;
    bed.user(
        "Match host db exec true\n Port 1\nHost old\n Ciphers +aes128-cbc\n CanonicalizeHostname "
        "yes\n");
    CHECK(bed.text("web1").empty());
    CHECK(bed.text("db") == "unclear: line 1: Match exec");
    CHECK(bed.text("old").starts_with("unclear: line 4: ciphers"));
    CHECK(Bed().user("CanonicalizeHostname yes\n").text() ==
          "unclear: line 1: CanonicalizeHostname");
    CHECK(Bed().user("CanonicalizeHostname no\n").text() == "canonicalizehostname false");
}

TEST_CASE("names that a shell would take for its own are refused") {
    const Bed bed;
    for (const char* const name : {"", "-oProxyCommand=x", "a;b", "$(x)", "a b", "a\nb", "a,b"}) {
        CAPTURE(name);
        CHECK_FALSE(bed.resolve({.name = name, .user = {}, .port = {}}));
    }
    CHECK_FALSE(bed.resolve({.name = "a", .user = "-x", .port = {}}));
    CHECK_FALSE(bed.resolve({.name = "a", .user = "x;y", .port = {}}));
    CHECK(bed.resolve({.name = "a", .user = "DOMAIN\\x", .port = {}}));
}

TEST_CASE("files are read once") {
    Bed bed;
    bed.user("Include more\n").put(".ssh/more", "Port 1\n");
    const Config config = bed.config();
    REQUIRE(config.resolve({.name = "a", .user = {}, .port = {}}));
    bed.user("Port x\n").put(".ssh/more", "Port x\n");
    const auto found = config.resolve({.name = "b", .user = {}, .port = {}});
    REQUIRE(found);
    CHECK(std::get<Options>(*found).find("port")->value == "1");
}

TEST_CASE("the output of ssh -G becomes options without places") {
    const auto options = parse_ssh_g(
        "host x\nuser ann\nhostname h\nport 22\nidentityfile a b\nidentityfile c\n"
        "canonicalizePermittedcnames none\nproxycommand \n");
    REQUIRE(options);
    CHECK(options->all("identityfile").size() == 2);
    CHECK(options->find("identityfile")->value == "a b");
    CHECK(options->find("canonicalizepermittedcnames")->value == "none");
    CHECK(options->find("proxycommand")->value.empty());
    CHECK_FALSE(parse_ssh_g(""));
    CHECK_FALSE(parse_ssh_g("usage: ssh\n"));
}

}  // namespace remuda::ssh_config
