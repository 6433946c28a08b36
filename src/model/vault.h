#pragma once

#include <string>
#include <string_view>

namespace espresso {

// Texts that `ansible-vault` has encrypted ("User Guide: Encrypting content with Ansible Vault", format 1.1 and 1.2).

/// Whether the text begins as one.
bool is_vault(std::string_view text);

/// The label of its password; empty when it names none. Throws Error when it is of a format that is not known.
std::string vault_label(std::string_view text);

enum class VaultOutcome { opened, wrong_password };

/// Decrypts into `plain`. Throws Error when it is broken: not hexadecimal, cut short.
VaultOutcome open_vault(std::string_view text, std::string_view password, std::string& plain);

}  // namespace espresso
