// Settings that all connectors over HTTP share.
#pragma once

#include <string_view>
#include <vector>

#include "connect/connectors/http/http_client.h"
#include "connect/settings/settings.h"

namespace weir::connect {

// Rows of those who ask a server.
inline constexpr Setting kHttpTimeout = {.name = "http.timeout.ms",
                                         .type = SettingType::integer,
                                         .otherwise = "30000",
                                         .least = 1,
                                         .most = 3'600'000,
                                         .meaning = "for connecting, asking and the whole answer together"};
inline constexpr Setting kHttpHeaders = {
    .name = "http.headers", .meaning = "headers of each question: Name: value, separated by |", .secret = Secret::yes};
inline constexpr Setting kHttpTrusted = {
    .name = "http.tls.ca.file",
    .meaning =
        "PEM of those who vouch for the server's certificate; where it is not set, those whom the system trusts"};

Result<HttpUrl> url_of(const Settings& settings, std::string_view name);
Result<std::vector<HttpHeader>> headers_of(const Settings& settings, std::string_view name);
HttpClientOptions client_options(const Settings& settings);

}  // namespace weir::connect
