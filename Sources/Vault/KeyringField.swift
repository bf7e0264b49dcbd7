/// The fields that hold a wrapped key. The name is part of what the wrapping key is derived from.
enum KeyringField: String {
    case masterUnderPassword = "master_key_under_password"
    case masterUnderRecovery = "master_key_under_recovery_key"
    case recoveryUnderMaster = "recovery_key_under_master_key"
    case signingUnderMaster = "signing_key_under_master_key"
    case receivingUnderMaster = "receiving_key_under_master_key"

    func purpose(_ vault: VaultID) -> [UInt8] { Format.purpose(rawValue, object: vault.bytes) }
}

extension [String: String] {
    subscript(field: KeyringField) -> String? {
        get { self[field.rawValue] }
        set { self[field.rawValue] = newValue }
    }
}
