// SPDX-License-Identifier: MIT
#include "templating/helpers.h"

#include "support/temp_dir.h"
#include "unit/templating/templates.h"

#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

#include <sys/stat.h>

using remuda::test::rendered;

namespace {

// The value of a call whose arguments are the variables a, b, c.
std::string call(const std::string& helper, const std::vector<std::string>& arguments) {
    remuda::templating::Data data;
    std::string text = "{{" + helper;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string name(1, static_cast<char>('a' + i));
        text += " " + name;
        data.emplace_back(name, arguments[i]);
    }
    return rendered(text + "}}", data);
}

}  // namespace

TEST_CASE("letter case follows Unicode") {
    CHECK(call("to_lower_case", {"ÀB Ω-1"}) == "àb ω-1");
    CHECK(call("to_upper_case", {"àb straße"}) == "ÀB STRASSE");
    CHECK(call("to_upper_case", {"a\xff"
                                 "b"}) ==
          "A\xff"
          "B");
}

TEST_CASE("trim takes Unicode's white space") {
    CHECK(call("trim", {" \t\n a b \u00a0\u3000\r"}) == "a b");
    CHECK(call("trim_start", {" a "}) == "a ");
    CHECK(call("trim_end", {" a\xc2\x85 "}) == " a");
    CHECK(call("trim", {" \u2003 "}) == "");
}

TEST_CASE("replace changes every occurrence") {
    CHECK(call("replace", {"facebook/opt/13b", "/", "--"}) == "facebook--opt--13b");
    CHECK(call("replace", {"aaa", "aa", "b"}) == "ba");
    CHECK(call("replace", {"abc", "", "-"}) == "abc");
}

TEST_CASE("quote puts the symbol around and backslashes before it") {
    CHECK(call("quote", {"\"", "say \"a\\b\""}) == R"("say \"a\\b\"")");
    CHECK(call("quote", {"", "a"}) == "\"a\"");
    CHECK(call("quote", {"'x", "it's"}) == "'it\\'s'");
    CHECK(call("quote", {"é", "aéb"}) == "éa\\ébé");
}

TEST_CASE("unquote undoes quote and leaves the rest alone") {
    CHECK(call("unquote", {R"("say \"a\\b\"")"}) == "say \"a\\b\"");
    CHECK(call("unquote", {"'a\\nb'"}) == "a\nb");
    for (const char* text : {"", "\"", "plain", "'open", "\"a\"b\"", "'bad \\q'", "'end\\'"}) {
        CHECK(call("unquote", {text}) == text);
    }
}

TEST_CASE("first_non_empty gives the first that is not empty") {
    CHECK(call("first_non_empty", {"", "x", "y"}) == "x");
    CHECK(call("first_non_empty", {"", ""}) == "");
}

TEST_CASE("shell_quote gives one word of the shell") {
    CHECK(call("shell_quote", {"it's $HOME"}) == "'it'\\''s $HOME'");
    CHECK(call("shell_quote", {"plain"}) == "plain");
}

TEST_CASE("parent, file_name and extension take a path apart") {
    struct Row {
        const char* path;
        const char* parent;
        const char* file_name;
        const char* extension;
    };
    for (const Row& row : std::vector<Row>{{"/a/b.tar.gz", "/a", "b.tar.gz", "gz"},
                                           {"a/b/", "a", "b", ""},
                                           {"a//b", "a", "b", ""},
                                           {"a/b/.", "a", "b", ""},
                                           {"/a", "/", "a", ""},
                                           {"/", "", "", ""},
                                           {"a", "", "a", ""},
                                           {"", "", "", ""},
                                           {"..", "", "", ""},
                                           {"a/..", "a", "", ""},
                                           {"/x/.bashrc", "/x", ".bashrc", ""},
                                           {"a.", "", "a.", ""},
                                           {"./a.b", ".", "a.b", "b"}}) {
        CAPTURE(row.path);
        CHECK(call("parent", {row.path}) == row.parent);
        CHECK(call("file_name", {row.path}) == row.file_name);
        CHECK(call("extension", {row.path}) == row.extension);
    }
}

TEST_CASE("a path that exists is made canonical before it is taken apart") {
    CHECK(call("parent", {"link/to/data"}) == "/data");
    CHECK(call("file_name", {"link/to/data"}) == "a.json");
    CHECK(call("extension", {"link/to/data"}) == "json");
    CHECK(call("canonicalize", {"link/to/data"}) == "/data/a.json");
    CHECK(call("canonicalize", {"nowhere"}) == "");
}

TEST_CASE("env_var reads a variable; unset is empty; some names are facts of the machine") {
    CHECK(rendered("{{env_var \"HOME\"}}") == "/home/me");
    CHECK(rendered("{{env_var \"REMUDA_TEST_UNSET\"}}") == "");
    CHECK(rendered("{{env_var \"OS\"}} {{env_var \"FAMILY\"}}") == "linux unix");
    CHECK(rendered("{{env_var \"ARCH\"}} {{env_var \"USERNAME\"}}") == "x86_64 me");
    CHECK(rendered("{{env_var \"DLL_PREFIX\"}}x{{env_var \"DLL_SUFFIX\"}}") == "libx.so");
    CHECK(rendered("[{{env_var \"EXE_SUFFIX\"}}]") == "[]");
}

TEST_CASE("read_to_str reads a file; a missing one is empty, anything else a fault") {
    CHECK(rendered("{{trim (read_to_str \"/data/a.json\")}}") == "{\"lr\": 0.1}");
    CHECK(rendered("{{read_to_str \"/none\"}}") == "");
    CHECK(rendered("{{read_to_str \"/data\"}}") ==
          "fault 2+19: helper 'read_to_str': '/data' is no regular file");
}

TEST_CASE("the real machine gives what the system calls give") {
    const auto& machine = remuda::templating::real_machine();
    const remuda::test::TempDir folder;
    const std::string path = folder.path() + "/file";
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread.
    ::setenv("REMUDA_TEST_VALUE", "a b", 1);
    CHECK(machine.variable("REMUDA_TEST_VALUE") == "a b");
    CHECK_FALSE(machine.variable("REMUDA_TEST_UNSET").has_value());
    CHECK_FALSE(machine.architecture().empty());
    CHECK(machine.read_file(path).error().code() == remuda::Code::not_found);
    std::ofstream(path) << "words";
    CHECK(*machine.read_file(path) == "words");
    CHECK_FALSE(machine.read_file(folder.path()).has_value());
    REQUIRE(::mkfifo((folder.path() + "/fifo").c_str(), 0600) == 0);
    CHECK_FALSE(machine.read_file(folder.path() + "/fifo").has_value());
    CHECK(machine.real_path(folder.path() + "/./file") == machine.real_path(path));
    CHECK_FALSE(machine.real_path(folder.path() + "/none").has_value());
}

TEST_CASE("words change their case") {
    struct Row {
        const char* helper;
        const char* expected;
    };
    for (const Row& row : std::vector<Row>{{"to_lower_case", "hello foo-bars"},
                                           {"to_upper_case", "HELLO FOO-BARS"},
                                           {"to_camel_case", "helloFooBars"},
                                           {"to_pascal_case", "HelloFooBars"},
                                           {"to_snake_case", "hello_foo_bars"},
                                           {"to_screaming_snake_case", "HELLO_FOO_BARS"},
                                           {"to_kebab_case", "hello-foo-bars"},
                                           {"to_train_case", "Hello-Foo-Bars"},
                                           {"to_sentence_case", "Hello foo bars"},
                                           {"to_title_case", "Hello Foo Bars"},
                                           {"to_class_case", "HelloFooBar"},
                                           {"to_table_case", "hello_foo_bars"},
                                           {"to_plural", "bars"},
                                           {"to_singular", "bar"}}) {
        CAPTURE(row.helper);
        CHECK(call(row.helper, {"Hello foo-bars"}) == row.expected);
        CHECK(call(row.helper, {""}) == "");
    }
    CHECK(call("to_snake_case", {"gpu0"}) == "gpu_0");
    CHECK(call("to_snake_case", {"  fooBar--"}) == "foo_bar");
    CHECK(call("to_snake_case", {"HTTPServer v2"}) == "http_server_v_2");
    CHECK(call("to_pascal_case", {"gpu0x"}) == "Gpu0X");
    CHECK(call("to_title_case", {"fooBar_\u00e9t\u00e9"}) == "Foo Bar \u00e9t\u00e9");
}

TEST_CASE("plurals and singulars follow the rules of English") {
    struct Row {
        const char* one;
        const char* many;
    };
    for (const Row& row : std::vector<Row>{{"node", "nodes"},
                                           {"box", "boxes"},
                                           {"batch", "batches"},
                                           {"class", "classes"},
                                           {"policy", "policies"},
                                           {"key", "keys"},
                                           {"Person", "People"},
                                           {"child", "children"},
                                           {"index", "indices"},
                                           {"bus", "buses"},
                                           {"human", "humans"},
                                           {"series", "series"},
                                           // As documented by the crate that Pegasus uses.
                                           {"foo_bar", "foo_bars"},
                                           {"ox", "oxen"},
                                           {"crate", "crates"},
                                           {"vengeance", "vengeance"},
                                           {"yoga", "yoga"},
                                           {"zoology", "zoology"},
                                           {"geometry", "geometries"},
                                           {"woman", "women"},
                                           {"test", "tests"},
                                           {"axis", "axes"},
                                           {"knife", "knives"},
                                           {"agendum", "agenda"},
                                           {"elf", "elves"},
                                           {"reply", "replies"},
                                           {"lady", "ladies"},
                                           {"soliloquy", "soliloquies"},
                                           {"glass", "glasses"},
                                           {"access", "accesses"},
                                           {"witch", "witches"},
                                           {"dish", "dishes"},
                                           {"alias", "aliases"},
                                           {"status", "statuses"},
                                           {"octopus", "octopi"},
                                           {"virus", "viri"},
                                           {"radius", "radii"},
                                           {"alumna", "alumnae"},
                                           {"bacterium", "bacteria"},
                                           {"datum", "data"},
                                           {"criterion", "criteria"},
                                           {"hypothesis", "hypotheses"},
                                           {"crisis", "crises"},
                                           {"hero", "heroes"},
                                           {"potato", "potatoes"},
                                           {"photo", "photos"},
                                           {"shoe", "shoes"},
                                           {"quiz", "quizzes"},
                                           {"buzz", "buzzes"},
                                           {"movie", "movies"},
                                           {"matrix", "matrices"},
                                           {"vertex", "vertices"},
                                           {"wolf", "wolves"},
                                           {"hive", "hives"},
                                           {"native", "natives"},
                                           {"mouse", "mice"},
                                           {"die", "dice"},
                                           {"campus", "campuses"},
                                           {"database", "databases"},
                                           // Where it makes no words of English.
                                           {"cave", "caves"},
                                           {"curve", "curves"},
                                           {"half", "halves"},
                                           {"submatrix", "submatrices"},
                                           {"cache", "caches"},
                                           {"cookie", "cookies"},
                                           {"gpu", "gpus"},
                                           {"API", "APIs"},
                                           {"beta", "betas"},
                                           {"belief", "beliefs"},
                                           {"slice", "slices"}}) {
        CAPTURE(row.one);
        CHECK(call("to_plural", {row.one}) == row.many);
        CHECK(call("to_plural", {row.many}) == row.many);
        CHECK(call("to_singular", {row.many}) == row.one);
        CHECK(call("to_singular", {row.one}) == row.one);
    }
}

TEST_CASE("class and table names change their last word alone") {
    for (const char* text : {"FooBars", "fooBar", "foo-bars", "FOO_BAR", "Foo bar", "foo   bars"}) {
        CAPTURE(text);
        CHECK(call("to_class_case", {text}) == "FooBar");
        CHECK(call("to_table_case", {text}) == "foo_bars");
    }
    CHECK(call("to_class_case", {"-!#$%wrapped in bad chars&*^*&"}) == "WrappedInBadChar");
    CHECK(call("to_class_case", {"Robert C. Martin"}) == "RobertCMartin");
    CHECK(call("to_class_case", {"gpu_matrices"}) == "GpuMatrix");
    CHECK(call("to_class_case", {"shop-women"}) == "ShopWoman");
    CHECK(call("to_table_case", {"HTTPStatus"}) == "http_statuses");
    CHECK(call("to_table_case", {"training child"}) == "training_children");
    CHECK(call("to_plural", {"big box"}) == "boxes");
    CHECK(call("to_singular", {"two heavy knives"}) == "knife");
}

TEST_CASE("a list is no text") {
    CHECK(remuda::test::faults_of("{{trim [1]}}") ==
          std::vector<std::string>{"2+8: helper 'trim': argument 1 is a list, not text"});
}

TEST_CASE("every helper of the table is described and has arguments") {
    for (const auto& helper : remuda::templating::helpers()) {
        CAPTURE(helper.name);
        CHECK(helper.usage.starts_with(helper.name));
        CHECK_FALSE(helper.summary.empty());
        CHECK(helper.least >= 1);
        CHECK(helper.least <= helper.most);
        CHECK((helper.text == nullptr) != (helper.value == nullptr));
    }
}
