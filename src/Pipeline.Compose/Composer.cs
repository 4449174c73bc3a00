namespace Pipeline.Compose;

/// <summary>
/// From a manifest to an OSTree commit of a build. The façade of this project; each file of this class is one of its verbs.
/// </summary>
/// <param name="services">Programs, clock, network and events.</param>
public sealed partial class Composer(ComposerServices services)
{
    private readonly ComposerServices _services = services;
}
