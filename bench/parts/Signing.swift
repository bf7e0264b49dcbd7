import Crypto
import S3Signer

/// The signature of a put, with the day's key known.
var signing: [Part] {
    let signer = SigV4Signer(
        credentials: S3Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY"),
        region: "eu-central-003")
    let request = S3Request(
        method: "PUT", host: "s3.eu-central-003.backblazeb2.com",
        path: "/my-photos/packs/3f/" + SHA256.hash([1]).hex, payloadHash: .sha256(SHA256.hash([2])))
    let date = SigningDate(secondsSince1970: 1_795_000_000)
    return [
        Part("signing: a put", .operations(100)) {
            for _ in 0..<100 { consume(signer.sign(request, at: date)) }
        }
    ]
}
