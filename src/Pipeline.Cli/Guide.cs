namespace Pipeline.Cli;

/// <summary>What <c>pipeline</c> alone prints.</summary>
internal static class Guide
{
    /// <summary>The first steps, and where the rest is.</summary>
    public const string Text = """
        pipeline composes, images, tests and releases an image-based Linux OS.

          pipeline init ../my-os                     a project of your own
          pipeline compose manifests/minimal.yaml    packages to an OSTree commit, in builds/
          pipeline images                            a disk image of the latest build
          pipeline run                               a shell in it
          pipeline kola run                          its tests
          pipeline builds list                       which builds there are
          pipeline doctor                            what works on this machine, and what fixes the rest

        pipeline help             all verbs
        pipeline help VERB        options and examples of a verb

        """;
}
