using Pipeline.Model.Diagnostics;

namespace Pipeline.Host.Signing;

/// <summary>Texts of problems with signatures, PL0380–PL0389.</summary>
internal static class SigningDiagnostics
{
    /// <summary>The signer has no such key, or may not use it.</summary>
    public static Diagnostic NoKey(string program, string fingerprint, string why) =>
        Diagnostic.Error(
            "PL0380",
            $"{program} cannot sign with key {fingerprint}: {why}",
            hint: "check that the secret key is there and can be used without a question",
            exit: ExitClass.MissingTool
        );

    /// <summary>The answer is not what was asked for.</summary>
    public static Diagnostic BadSignature(string program, string fingerprint, string why) =>
        Diagnostic.Error(
            "PL0381",
            $"{program} made no usable signature of key {fingerprint}: {why}",
            hint: "do not publish it; check which key and digest the program uses",
            exit: ExitClass.Refused
        );

    /// <summary>A file of others that the given keys did not sign.</summary>
    public static Diagnostic NotSigned(string what, string why) =>
        Diagnostic.Error(
            "PL0383",
            $"'{what}' is not trusted: {why}",
            hint: "do not use it; check that the keys are those of who publishes it",
            exit: ExitClass.Refused
        );

    /// <summary>Not a fingerprint.</summary>
    public static Diagnostic NoFingerprint(string text) =>
        Diagnostic.Error(
            "PL0382",
            $"'{text}' is not the fingerprint of a key",
            hint: "give all 40 hexadecimal digits; short ids can be forged"
        );
}
